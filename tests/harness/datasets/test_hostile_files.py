"""Files made to run, to crash, to hang or to fill the memory of whoever reads them."""

import gzip
import io
import os
import struct
import zipfile

import numpy as np
import pytest

from harness.base.errors import DataError
from harness.datasets import load
from harness.datasets.__main__ import main
from harness.datasets.catalog import CATALOG
from harness.datasets.idx import read_idx, write_idx
from harness.datasets.local import read_folder
from harness.datasets.npz import read_npz
from tests.fuzz.limits import soon_and_small

RAW = write_idx(np.arange(48, dtype=np.uint8).reshape(3, 4, 4))
LIMIT = 47_040_016  # as for the data sets


def read(content):
    return read_idx(io.BytesIO(content), len(content), "somewhere/images", LIMIT).to_array()


# gzip


def test_twenty_megabytes_of_padding_behind_a_gzip_stream_are_skipped_at_once():
    content = gzip.compress(RAW) + bytes(20_000_000)
    with soon_and_small():
        assert read(content).shape == (3, 4, 4)


def test_a_gzip_header_with_a_name_of_twenty_megabytes_is_skipped_at_once():
    packed = gzip.compress(RAW)
    content = packed[:3] + b"\x08" + packed[4:10] + b"a" * 20_000_000 + b"\0" + packed[10:]
    with soon_and_small():
        assert read(content).shape == (3, 4, 4)


def test_a_gzip_file_of_some_members_is_read():
    assert read(b"".join(gzip.compress(RAW[at : at + 16]) for at in range(0, len(RAW), 16))).shape == (3, 4, 4)


def test_a_gzip_file_of_a_million_empty_members_is_refused():
    content = gzip.compress(RAW) + gzip.compress(b"") * 1_000_000
    with soon_and_small(), pytest.raises(DataError, match="more than 10000 gzip members"):
        read(content)


@pytest.mark.parametrize("end", [1, 5, 12])
def test_a_second_gzip_member_that_is_cut_off_is_refused(end):
    with pytest.raises(DataError, match="damaged or unreadable"):
        read(gzip.compress(RAW) + gzip.compress(b"")[:end])


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_longer_than_any_data_set_is_refused_unread(pack, tmp_path):
    path = tmp_path / "images"
    path.write_bytes(pack(RAW))
    os.truncate(path, 10**12)  # zeros that take no room
    with (
        open(path, "rb") as stream,
        soon_and_small(1),
        pytest.raises(DataError, match="too large, 1000000000000 bytes"),
    ):
        read_idx(stream, 10**12, str(path), LIMIT)


# npz


def header(descr, shape, version=b"\x01\x00"):
    """Return the header of an npy file that says this."""
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + version + struct.pack("<H" if version[0] == 1 else "<I", len(text)) + text


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


GOOD = {
    "x_train": npy(np.zeros((2, 2, 2), np.uint8)),
    "y_train": npy(np.array([0, 1])),
    "x_test": npy(np.zeros((1, 2, 2), np.uint8)),
    "y_test": npy(np.array([1])),
}


@pytest.fixture
def write(tmp_path):
    """A function that writes a good file, with the members given in the place of its own or beside them."""

    def save(members=(), name="leaves.npz", method=zipfile.ZIP_DEFLATED):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", method) as archive:
            for key, content in (GOOD | dict(members)).items():
                archive.writestr(key if "." in key else f"{key}.npy", content)
        return path

    return save


REFUSED = {
    "a billion names of no length": ({"class_names": header("<U0", "(1000000000,)")}, "type <U0; allowed are plain"),
    "a trillion images of no size": ({"x_train": header("|V0", "(1000000000000,)")}, "allowed are plain"),
    "text that is no text": ({"class_names": header("<U1", "(2,)") + b"\xff" * 8}, "holds what is no character"),
    "half of a character": ({"class_names": npy(np.array(["a", "\ud800"]))}, "cannot be printed"),
    "words for the terminal": ({"class_names": npy(np.array(["a", "\x1b]0;owned\x07"]))}, "cannot be printed"),
    "names that are books": ({"class_names": npy(np.array(["a", "b" * 600_000]))}, "shorten the names"),
    "a million classes": (
        {"class_names": header("<U1", "(1000000,)") + bytes(4_000_000)},
        "1000000 names.*allowed are 1000 names",
    ),
    "records": ({"x_train": npy(np.zeros((2, 2, 2), [("a", "u1")]))}, "allowed are plain numbers"),
    "records of objects": ({"x_train": header([("a", "|O")], "(1,)")}, "holds pickled Python objects"),
    "arrays in arrays": ({"x_train": header(("|u1", (2, 2)), "(2,)") + bytes(8)}, "allowed are plain|not a whole"),
    "a header of brackets": ({"x_train": header("|u1", "(" * 900 + ")" * 900)}, "not a whole"),
    "a header of signs": ({"x_train": header("|u1", f"({'-' * 900}1,)")}, "not a whole|promises"),
    "a header of four gigabytes": ({"x_train": b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + bytes(2000)}, "not a whole"),
    "a header that is code": ({"x_train": header("|u1", "__import__('os').abort()")}, "not a whole"),
    "a header of another version": ({"x_train": header("|u1", "(2,)", b"\x03\x00")}, r"version \(3, 0\)"),
    "sizes beyond every integer": ({"x_train": header("|u1", f"(0, {10**18}, {10**22})")}, "allowed are .*square"),
    "dates": ({"x_train": npy(np.zeros((2, 2, 2), "M8[s]"))}, "type datetime64"),
}


@pytest.mark.parametrize(("members", "message"), REFUSED.values(), ids=REFUSED)
def test_a_hostile_array_is_refused_soon_in_a_few_words(write, members, message):
    path = write(members)
    with soon_and_small(), pytest.raises(DataError, match=f"leaves.npz: .*({message})") as refusal:
        load(path)
    assert len(str(refusal.value)) < 1000 and str(refusal.value).isprintable()


def test_arrays_that_do_not_fit_together_are_refused_before_any_is_inflated(write):
    bomb = header("|u1", "(30000, 32, 32)") + bytes(30_000 * 1024)
    path = write({"x_train": bomb})
    del bomb
    with soon_and_small(), pytest.raises(DataError, match="y_train: 2 labels for 30000 images"):
        load(path)


def test_more_than_the_limit_in_all_arrays_together_is_refused_before_any_is_read():
    stream = io.BytesIO()
    np.savez(stream, **{key: np.zeros(400, np.uint8) for key in ("x_train", "y_train", "x_test", "y_test")})
    with pytest.raises(DataError, match=r"x_test: .* 1200 bytes with the arrays before it; at most 1000 are read"):
        read_npz(stream, "somewhere", max_bytes=1000)


def test_other_members_cost_nothing_but_a_limited_directory(write):
    path = write({f"other{number}": b"" for number in range(500)})
    with soon_and_small():
        assert load(path).n_classes == 2


def test_a_zip_file_of_ten_thousand_members_is_refused(write):
    path = write({f"other{number}": b"" for number in range(10_000)}, method=zipfile.ZIP_STORED)
    with soon_and_small(), pytest.raises(DataError, match="its zip directory takes more than 131072 bytes"):
        load(path)


def test_an_array_that_is_there_twice_is_refused(write):
    path = write({"x_train": GOOD["x_train"]})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x_train", npy(np.ones((2, 2, 2), np.uint8)))
    with pytest.raises(DataError, match="x_train: there 2 times"):
        load(path)


def test_names_that_climb_out_are_never_used_as_paths(write, tmp_path):
    load(write({"../../climbed.txt": b"", "/absolute.txt": b"", "sub/folder/x.npy": b""}))
    assert [path.name for path in tmp_path.rglob("*") if path.suffix == ".txt"] == []


def test_names_of_members_come_to_the_terminal_few_short_and_printable(tmp_path):
    with zipfile.ZipFile(tmp_path / "evil.npz", "w") as archive:
        for number in range(100):
            archive.writestr(f"\x1b]0;owned\x07\n{number}" + "long" * 100, b"")
    with pytest.raises(DataError, match="and 90 more") as refusal:
        load(tmp_path / "evil.npz")
    assert str(refusal.value).isprintable() and len(str(refusal.value)) < 1000


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_refused(write, method):
    with pytest.raises(DataError, match="x_train: neither stored nor deflated"):
        load(write(method=method))


def change_every(path, mark, offset, change):
    """Change a byte behind every mark in a file."""
    content, at = bytearray(path.read_bytes()), -1
    while (at := content.find(mark, at + 1)) >= 0:
        content[at + offset] = change(content[at + offset])
    path.write_bytes(content)


def test_an_encrypted_file_is_refused(write):
    path = write()
    change_every(path, b"PK\x01\x02", 8, lambda flags: flags | 1)
    change_every(path, b"PK\x03\x04", 6, lambda flags: flags | 1)
    with pytest.raises(DataError, match="encrypted"):
        load(path)


def test_a_zip64_file_is_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "large.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for key, content in GOOD.items():
            with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                member.write(content)
    assert load(tmp_path / "large.npz").n_classes == 2


def test_a_member_that_inflates_beyond_what_the_directory_says_is_cut_at_that(write):
    path = write({"x_train": GOOD["x_train"] + bytes(20_000_000)})
    content = bytearray(path.read_bytes())
    size = len(GOOD["x_train"]).to_bytes(4, "little")
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):  # of the first member, x_train
        at = content.index(mark) + offset
        content[at : at + 4] = size
    path.write_bytes(content)
    with soon_and_small(), pytest.raises(DataError, match=r"not a whole .npz file .*CRC"):
        load(path)


def test_big_endian_labels_and_names_are_read(write):
    names = np.array(["oak", "ash"]).astype(">U3")
    dataset = load(write({"y_train": npy(np.array([0, 1], ">i8")), "class_names": npy(names)}))
    assert dataset.y_train.tolist() == [0, 1] and dataset.class_names == ("oak", "ash")


# Names and places


def test_a_file_called_dots_does_not_name_a_folder_above_the_results(write):
    assert load(write(name="...npz")).name == "own-.."


def test_a_file_name_of_other_bytes_gives_a_name_that_can_be_written(write, tmp_path):
    path = write().rename(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.npz"))
    dataset = load(path)
    assert dataset.name.isprintable() and dataset.source.encode() and "\n" not in dataset.source


def test_a_path_that_cannot_be_one_is_refused():
    with pytest.raises(DataError, match=r"cannot be read .*null byte"):
        load("a\0.npz")


def test_an_npz_file_of_dates_among_the_copies_is_refused_and_does_not_end_the_search(tmp_path):
    np.savez(tmp_path / "mnist.npz", **dict.fromkeys(GOOD, np.zeros(3, "M8[s]")))
    refusals = []
    assert read_folder(CATALOG["mnist"], tmp_path, refusals.append) is None
    assert "type datetime64" in refusals[0]


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.npz")
    with pytest.raises(DataError, match="not a regular file"):
        load(tmp_path / "pipe.npz")


def test_a_folder_whose_name_is_no_text_can_be_searched(tmp_path, capsys):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b")
    os.mkdir(folder)
    assert main(["mnist", "--data-dir", folder]) == 3
    assert capsys.readouterr().out.replace("\n", "").isprintable()
