import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.base.errors import DataError, UsageError
from harness.datasets import load
from harness.datasets import user_file as user_file_module
from harness.datasets.npz import read_npz

EXCERPT = Path(__file__).parents[2] / "fixtures" / "fashion_excerpt.npz"


@pytest.fixture
def write(tmp_path):
    """A function that writes a good file, with the arrays given in the place of its own; None leaves one out."""

    def save(**changes) -> Path:
        rng = np.random.default_rng(0)
        arrays = {
            "x_train": rng.integers(0, 256, (6, 5, 5), dtype=np.uint8),
            "y_train": np.array([0, 1, 2, 2, 1, 0]),
            "x_test": rng.integers(0, 256, (3, 5, 5), dtype=np.uint8),
            "y_test": np.array([2, 0, 1]),
        } | changes
        path = tmp_path / "leaves.npz"
        np.savez_compressed(path, **{key: array for key, array in arrays.items() if array is not None})
        return path

    return save


def test_gray_bytes_get_a_channel_and_keep_their_values(write):
    path = write()
    dataset = load(path)
    with np.load(path) as arrays:
        np.testing.assert_array_equal(dataset.x_train[..., 0], arrays["x_train"])
        np.testing.assert_array_equal(dataset.y_test, arrays["y_test"])
        assert dataset.sha256["x_test"] == hashlib.sha256(arrays["x_test"].tobytes()).hexdigest()
    assert dataset.name == "leaves"
    assert dataset.x_train.dtype == np.uint8
    assert dataset.y_train.dtype == np.int64
    assert dataset.image_shape == (5, 5, 1)
    assert dataset.class_names == ("0", "1", "2")
    assert dataset.n_classes == 3
    assert str(path) in dataset.source


@pytest.mark.parametrize("shape", [(5, 5, 1), (5, 5, 3), (5, 5, 4), (4, 7, 2), (4, 7)])
def test_images_of_any_size_and_any_number_of_channels_are_read(write, shape):
    dataset = load(str(write(x_train=np.zeros((6, *shape), np.uint8), x_test=np.zeros((3, *shape), np.uint8))))
    assert dataset.image_shape == (*shape, 1)[:3]


NUMBERS = np.arange(2, 6 * 25 * 3 + 2).reshape(6, 5, 5, 3) % 251


@pytest.mark.parametrize(
    ("given_as", "expected"),
    [
        (NUMBERS.astype(np.uint8).transpose(0, 3, 1, 2), NUMBERS),
        (NUMBERS[..., 0].reshape(6, 25).astype(np.uint8), NUMBERS[..., :1]),
        (NUMBERS.astype(np.int64), NUMBERS),
        (NUMBERS > 100, NUMBERS > 100),
    ],
    ids=["channels first", "rows", "int64", "booleans"],
)
def test_images_in_forms_that_public_files_have_are_read(write, given_as, expected):
    dataset = load(write(x_train=given_as, x_test=given_as[:3]))
    np.testing.assert_array_equal(dataset.x_train, expected)
    assert dataset.x_train.dtype == (np.float32 if given_as.dtype == bool else np.uint8)


LABELS = np.array([0, 1, 2, 2, 1, 0])


@pytest.mark.parametrize(
    "given_as",
    [LABELS[:, None], LABELS[:, None] * 1.0, LABELS.astype(">f4"), np.eye(3)[LABELS], np.eye(3, dtype=bool)[LABELS]],
)
def test_labels_in_a_column_in_floating_point_and_one_hot_are_read(write, given_as):
    dataset = load(write(y_train=given_as, y_test=given_as[:3]))
    np.testing.assert_array_equal(dataset.y_train, LABELS)
    assert dataset.class_names == ("0", "1", "2")


def test_labels_that_are_names_become_classes_in_alphabetical_order(write):
    names = np.array(["cat", "ant", "bee"])
    dataset = load(write(y_train=names[LABELS], y_test=np.array(["bee", "cat", "ant"])))
    assert dataset.class_names == ("ant", "bee", "cat")
    assert dataset.y_train.tolist() == [2, 0, 1, 1, 0, 2]
    assert dataset.y_test.tolist() == [1, 2, 0]


def test_labels_that_begin_at_one_leave_a_class_without_images_and_that_is_reported(write):
    lines = []
    dataset = load(write(y_train=LABELS + 1, y_test=LABELS[:3] + 1), report=lines.append)
    assert dataset.n_classes == 4
    (line,) = lines
    assert line.endswith("the labels begin at 1, so class 0 has no image, and the network 4 outputs; for 3 write y - 1")


@pytest.mark.parametrize("dtype", ["float16", "float32", ">f4", "float64"])
def test_fractions_are_read_as_float32(write, dtype):
    dataset = load(write(x_train=np.full((6, 5, 5), 0.25, dtype), x_test=np.ones((3, 5, 5), dtype)))
    assert dataset.x_train.dtype == np.float32
    assert dataset.x_train.min() == dataset.x_train.max() == 0.25


def test_arrays_in_fortran_order_are_read(write):
    images = np.random.default_rng(1).integers(0, 256, (6, 5, 5), dtype=np.uint8)
    dataset = load(write(x_train=np.asfortranarray(images)))
    np.testing.assert_array_equal(dataset.x_train[..., 0], images)
    assert dataset.sha256["x_train"] == hashlib.sha256(images.tobytes()).hexdigest()


def test_class_names_are_taken_from_the_file(write):
    assert load(write(class_names=np.array(["oak", "ash", "elm", "yew"]))).class_names == ("oak", "ash", "elm", "yew")


def test_the_excerpt_of_fashion_mnist_is_read():
    dataset = load(EXCERPT)
    assert dataset.x_train.shape == (200, 28, 28, 1)
    assert dataset.x_test.shape == (100, 28, 28, 1)
    assert dataset.n_classes == 10
    assert dataset.y_train[:5].tolist() == [9, 0, 0, 3, 0]  # the labels that the published training file begins with


IMAGES = np.zeros((6, 5, 5), np.uint8)
REFUSED = {
    "a missing key": ({"y_test": None}, "no array y_test; found x_train.*savez_compressed"),
    "negative whole numbers": ({"x_train": IMAGES - np.int64(1)}, "from -1 to -1; allowed are 0 to 255"),
    "two bytes a pixel": ({"x_train": IMAGES + np.uint16(999)}, "from 999 to 999; allowed are 0 to 255"),
    "black and white in bytes": ({"x_train": IMAGES + np.uint8(1)}, "1 would be nearly black. Write x.astype.bool."),
    "complex pixels": ({"x_train": IMAGES.astype(complex)}, "type complex128; allowed are numbers"),
    "text as pixels": ({"x_train": np.full((6, 5, 5), "a")}, "type <U1; allowed are numbers"),
    "pixels to 255 in floating point": ({"x_train": IMAGES + 255.0}, "150 pixels are not in .*Write x / 255 for"),
    "a negative pixel": ({"x_train": IMAGES - 0.1}, "pixels are not in"),
    "a pixel that is not a number": (
        {"x_test": np.where(np.arange(75) == 7, np.nan, 0.5).reshape(3, 5, 5)},
        "1 pixels",
    ),
    "an infinite pixel": ({"x_test": np.where(np.arange(75) == 7, np.inf, 0.5).reshape(3, 5, 5)}, "1 pixels are not"),
    "rows that are no square": ({"x_train": IMAGES.reshape(6, 25)[:, :24]}, r"24 pixels are no square.*reshape\(-1"),
    "images with an axis too many": ({"x_train": IMAGES[None, None]}, r"shape \(1, 1, 6, 5, 5\); allowed are"),
    "training images of another size": ({"x_train": IMAGES[:, :4]}, "Give both the same"),
    "no images": ({"x_train": IMAGES[:0], "y_train": np.zeros(0, int)}, "at least one"),
    "images of no size": ({"x_train": IMAGES[:, :0, :0]}, "at least one"),
    "test images of another size": ({"x_test": np.zeros((3, 6, 6), np.uint8)}, "Give both the same"),
    "fewer labels than images": ({"y_train": np.zeros(5, int)}, "5 labels for 6 images"),
    "a scalar label": ({"y_train": np.array(1)}, r"shape \(\); allowed are \(6,\)"),
    "rows that are not one-hot": ({"y_train": np.full((6, 3), 0.3)}, r"not every row has a single 1.*argmax\(axis"),
    "a name that is no class": (
        {"y_train": np.array(list("aabbcc")), "y_test": np.array(["a", "d", "b"])},
        "label 'd'",
    ),
    "fractional labels": ({"y_train": np.arange(6) / 2}, "label 0.5; allowed are whole numbers from 0, and names"),
    "a negative label": ({"y_train": np.array([0, 1, -1, 0, 1, 0])}, "label -1; allowed are whole numbers from 0"),
    "names in one half only": ({"y_train": LABELS.astype(str)}, "y_train holds names, and y_test int64. Give both"),
    "a label beyond all reason": ({"y_train": np.full(6, 2**63, np.uint64)}, "at most 1000 are allowed"),
    "a class too many": ({"y_train": np.full(6, 1000)}, "label 1000, so 1001 classes; at most 1000"),
    "a name too many": ({"class_names": np.array(list(map(str, range(1001))))}, "1001 names, .* allowed are 1000"),
    "a test label that is not trained": ({"y_test": np.array([0, 3, 1])}, "y_test: label 3; with 3 classes, 0 to 2"),
    "a label without a name": ({"class_names": np.array(["a", "b"])}, "y_train: label 2; with 2 classes, 0 to 1"),
    "class names that are numbers": ({"class_names": np.arange(3)}, "class_names has .*of strings"),
    "class names twice the same": ({"class_names": np.array(["a", "b", "a"])}, "each different"),
    "pickled labels": ({"y_train": np.array([0, "1", None, 2, 1, 0], object)}, "y_train: holds pickled Python objects"),
    "pickled class names": ({"class_names": np.array(["a", None], object)}, "class_names: holds pickled"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_a_data_set_is_refused_with_the_file_and_the_remedy(write, changes, message):
    path = write(**changes)
    with pytest.raises(DataError, match=f"(?s)leaves.npz: .*{message}") as refusal:
        load(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_pickled_code_is_never_run(write, tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    with pytest.raises(DataError, match="pickled"):
        load(write(x_train=np.array([Trap()], object)))
    assert not (tmp_path / "sprung").exists()


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"none.npz: cannot be read .No such file"):
        load(tmp_path / "none.npz")


def test_a_folder_without_files_is_refused_whatever_its_name(tmp_path):
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(DataError, match="no train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images"):
        load(tmp_path / "folder.npz")


def test_a_single_array_is_refused(tmp_path):
    path = tmp_path / "single.npz"
    with open(path, "wb") as file:
        np.save(file, IMAGES)
    with pytest.raises(DataError, match=r"not a whole .npz file"):
        load(path)


def test_an_unknown_name_is_wrong_usage_and_the_valid_ones_are_named():
    with pytest.raises(
        UsageError, match=r"'fashon'; allowed are fashion, mnist, the path of an .npz file, and a folder"
    ):
        load("fashon")


def forge(tmp_path, header_shape: str, content: bytes) -> Path:
    """A file whose x_train has a header of its own."""
    path = tmp_path / "forged.npz"
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {header_shape}, }}\n".encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x_train.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + content)
        for key in ("y_train", "x_test", "y_test"):
            member = io.BytesIO()
            np.save(member, np.zeros(3, np.uint8))
            archive.writestr(f"{key}.npy", member.getvalue())
    return path


@pytest.mark.parametrize("shape", ["(2147483648, 28, 28)", "(-3, -2, 2)", "(2, 3)"])
def test_a_header_that_promises_other_than_the_zip_directory_is_refused(tmp_path, shape):
    with pytest.raises(DataError, match=r"x_train: its header promises shape .*; found \d+"):
        load(forge(tmp_path, shape, bytes(12)))


def test_an_array_beyond_the_limit_is_refused_before_it_is_read(tmp_path):
    path = forge(tmp_path, "(100000,)", bytes(100_000))
    with open(path, "rb") as stream, pytest.raises(DataError, match=r"x_train: .* at most 1000 are read"):
        read_npz(stream, str(path), max_bytes=1000)


def test_a_zip_directory_that_promises_too_much_is_refused(tmp_path):
    content = bytearray(forge(tmp_path, "(12,)", bytes(12)).read_bytes())
    position = content.rindex(b"x_train.npy") - 46 + 24  # the size in the central directory
    content[position : position + 4] = (2**31).to_bytes(4, "little")
    (tmp_path / "forged.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"truncated or forged. It promises 2147483648 bytes"):
        load(tmp_path / "forged.npz")


def test_running_out_of_memory_is_a_data_error(write, monkeypatch):
    def fail(*arguments, **options):
        raise MemoryError

    path = write()
    monkeypatch.setattr(np.lib.format, "read_array", fail)
    with pytest.raises(DataError, match="do not fit into memory"):
        load(path)


WHOLE = EXCERPT.read_bytes()


@pytest.mark.parametrize("length", [0, 1, 100, len(WHOLE) // 2, len(WHOLE) - 1])
def test_a_truncated_file_is_refused(tmp_path, length):
    (tmp_path / "cut.npz").write_bytes(WHOLE[:length])
    with pytest.raises(DataError, match=r"cut.npz: not a whole .npz file"):
        load(tmp_path / "cut.npz")


@settings(deadline=None)
@given(st.data())
@pytest.mark.filterwarnings("ignore")
def test_a_mutated_file_is_refused_or_read(data):
    # A few hundred bytes: the mutations hit headers and directories.
    stream = io.BytesIO()
    np.savez(stream, x_train=IMAGES[:2, :2, :2], y_train=[0, 1], x_test=IMAGES[:1, :2, :2], y_test=[1])
    content = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        arrays = read_npz(io.BytesIO(content), "mutated")
    except DataError:
        return
    assert set(arrays) == set(user_file_module.KEYS)


def test_a_user_s_file_does_not_pass_for_a_published_data_set(tmp_path):
    images, labels = np.zeros((2, 4, 4), np.uint8), np.array([0, 1])
    np.savez(tmp_path / "fashion.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    assert load(str(tmp_path / "fashion.npz")).name == "own-fashion"


@pytest.mark.parametrize(("suffix", "dotted"), [("", False), (".gz", True)])
def test_a_folder_with_four_idx_files_is_read(tmp_path, tiny, suffix, dotted):
    folder = tiny.write(tmp_path / "letters", suffix, dotted)
    dataset = load(str(folder))
    np.testing.assert_array_equal(dataset.x_train[..., 0], tiny.arrays["x_train"])
    np.testing.assert_array_equal(dataset.y_test, tiny.arrays["y_test"])
    assert (dataset.name, dataset.source) == ("letters", f"the IDX files in {folder}")
    assert dataset.sha256["y_train"] == hashlib.sha256(tiny.arrays["y_train"].tobytes()).hexdigest()


def test_a_folder_that_lacks_a_file_or_holds_a_damaged_one_is_refused(tmp_path, tiny):
    folder = tiny.write(tmp_path / "letters")
    (folder / "t10k-labels-idx1-ubyte").write_bytes(b"abc")
    with pytest.raises(DataError, match="t10k-labels-idx1-ubyte: not an IDX file"):
        load(folder)
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"letters: no t10k-labels-idx1-ubyte. Add what is missing"):
        load(folder)


def test_a_folder_that_is_called_like_a_published_data_set_does_not_hide_it(tmp_path, tiny, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny.write(tmp_path / "fashion")
    with pytest.raises(DataError, match="could not be fetched"):
        load("fashion")
    assert load("./fashion").name == "own-fashion"


def test_a_small_file_of_large_images_is_refused_before_they_are_read(write, monkeypatch):
    monkeypatch.setattr("numpy_model.config.available_memory", lambda: 10**7)
    path = write(x_train=np.zeros((6, 4000, 2000), np.uint8), x_test=np.zeros((3, 4000, 2000), np.uint8))
    assert path.stat().st_size < 10**6
    monkeypatch.setattr(np.lib.format, "read_array", None)
    with pytest.raises(DataError, match=r"to read x_train and x_test needs 0.14 GB of memory, and 0.01 GB are free"):
        load(path)
