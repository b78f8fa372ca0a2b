"""Checkpoints: what is read is what was written, or nothing."""

import dataclasses
import re
import tracemalloc
import zipfile

import numpy as np
import pytest

from harness.base.errors import ModelError
from harness.results import EpochRecord
from harness.results.checkpoints import Checkpoint, Checkpoints
from harness.training.steps import Progress

STATE = [np.arange(6, dtype=np.float32).reshape(2, 3) / 7, np.zeros(3, np.float32), np.array(2**40)]


def record(epoch, train_loss=0.1 + 0.2):
    return EpochRecord("fashion", "identical", "numpy", 0, epoch, train_loss, 0.8, 0.4, 0.85, 0.84, 12.5, 1.5, 0.1, 0.0)


def checkpoint(epoch, **values):
    return Checkpoint([array + epoch for array in STATE], [record(number, **values) for number in range(1, epoch + 1)])


def is_same(one, other):
    return (one.records, one.progress) == (other.records, other.progress) and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(one.state, other.state, strict=True)
    )


@pytest.fixture
def checkpoints(tmp_path):
    """The checkpoints of a training after three epochs."""
    checkpoints = Checkpoints(tmp_path, "numpy-seed0")
    for epoch in (1, 2, 3):
        checkpoints.write(checkpoint(epoch))
    return checkpoints


@pytest.fixture
def newest(checkpoints, tmp_path):
    """The path of the newest."""
    return tmp_path / "checkpoints" / "numpy-seed0-epoch3.npz"


def read(checkpoints, like=STATE):
    """Return what is read, and the warnings."""
    warnings = []
    return checkpoints.read(like, warnings.append), warnings


def assert_falls_back(checkpoints, *words):
    found, warnings = read(checkpoints)
    assert is_same(found, checkpoint(2))
    (warning,) = warnings
    assert "numpy-seed0-epoch3.npz cannot be read: " in warning
    assert all(word in warning for word in words), warning
    assert "\n" not in warning


def test_the_newest_is_read_bit_by_bit_as_it_was_written(checkpoints):
    found, warnings = read(checkpoints)
    assert is_same(found, checkpoint(3))
    assert warnings == []
    assert found.epoch == 3


def test_the_last_two_are_kept(checkpoints, tmp_path):
    assert checkpoints.places() == [(3, 0), (2, 0)]
    names = {path.name for path in (tmp_path / "checkpoints").iterdir()}
    assert names == {"numpy-seed0-epoch2.npz", "numpy-seed0-epoch3.npz"}


PROGRESS = Progress(7, 0.1 + 0.2, 5, 12.5)


def within(epoch, steps):
    """Return a checkpoint after some steps of the epoch behind `epoch`."""
    return dataclasses.replace(checkpoint(epoch), progress=PROGRESS._replace(steps=steps))


def test_a_checkpoint_within_an_epoch_is_read_with_its_sums_as_they_were(checkpoints):
    checkpoints.write(within(3, 7))
    found, warnings = read(checkpoints)
    assert is_same(found, within(3, 7)) and warnings == []
    assert (found.epoch, found.place) == (3, (3, 7))
    assert isinstance(found.progress.steps, int)


def test_of_checkpoints_within_epochs_and_after_them_the_last_two_are_kept(checkpoints, tmp_path):
    kept = []
    for written in (within(3, 9), within(3, 10), checkpoint(4), within(4, 2)):
        checkpoints.write(written)
        kept.append(checkpoints.places())
    assert kept == [[(3, 9), (3, 0)], [(3, 10), (3, 9)], [(4, 0), (3, 10)], [(4, 2), (4, 0)]]
    checkpoints.remove()
    assert not (tmp_path / "checkpoints").exists()


def test_a_damaged_checkpoint_within_an_epoch_falls_back_to_the_one_before(checkpoints, tmp_path):
    for steps in (4, 8):
        checkpoints.write(within(3, steps))
    path = tmp_path / "checkpoints" / "numpy-seed0-epoch3-step8.npz"
    for content in (path.read_bytes()[:-100], path.with_name("numpy-seed0-epoch3-step4.npz").read_bytes()):
        path.write_bytes(content)
        found, (warning,) = read(checkpoints)
        assert is_same(found, within(3, 4)) and str(path) in warning


def names_in(folder):
    return {path.name.removeprefix("numpy-seed0-epoch3") for path in (folder / "checkpoints").iterdir()}


@pytest.mark.parametrize("steps", [6, 9], ids=["before it", "in its place"])
def test_one_that_could_not_be_read_is_kept_aside_until_the_training_is_finished(steps, checkpoints, tmp_path):
    for place in (within(3, 4), within(3, 9)):
        checkpoints.write(place)
    path = tmp_path / "checkpoints" / "numpy-seed0-epoch3-step9.npz"
    path.write_bytes(damaged := path.read_bytes()[:-100])
    checkpoints.write(within(3, steps))
    assert checkpoints.places() == [(3, steps), (3, 4)]
    assert names_in(tmp_path) == {f"-step{steps}.npz", "-step4.npz", "-step9.npz.damaged"}
    assert path.with_name(f"{path.name}.damaged").read_bytes() == damaged
    checkpoints.remove()
    assert not (tmp_path / "checkpoints").exists()


def test_trainings_whose_names_begin_alike_have_checkpoints_of_their_own(checkpoints, tmp_path):
    other = Checkpoints(tmp_path, "numpy-seed01")
    other.write(checkpoint(1))
    assert (checkpoints.places(), other.places()) == ([(3, 0), (2, 0)], [(1, 0)])
    other.remove()
    assert checkpoints.places() == [(3, 0), (2, 0)]


def test_without_any_there_is_none(tmp_path):
    assert read(Checkpoints(tmp_path, "numpy-seed0")) == (None, [])


def test_scores_that_a_model_does_not_tell_are_kept_as_such(tmp_path):
    checkpoints = Checkpoints(tmp_path, "mine-seed0")
    checkpoints.write(checkpoint(1, train_loss=float("nan")))
    found, _ = read(checkpoints)
    assert np.isnan(found.records[0].train_loss)


def test_when_all_are_removed_so_is_the_folder_and_the_newest_goes_last(checkpoints, tmp_path, monkeypatch):
    removed = []
    unlink = type(tmp_path).unlink
    monkeypatch.setattr(type(tmp_path), "unlink", lambda path: (removed.append(path.name), unlink(path)))
    checkpoints.remove()
    assert removed == ["numpy-seed0-epoch2.npz", "numpy-seed0-epoch3.npz"]
    assert not (tmp_path / "checkpoints").exists()


# Each place takes 2 ms.
every_place = pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.slow)])


@every_place
def test_whichever_byte_is_flipped_the_checkpoint_is_whole_or_not_read(step, checkpoints, newest):
    content = newest.read_bytes()
    bits = [(place, bit) for place in range(0, len(content), step) for bit in (range(8) if step == 1 else [place % 8])]
    whole = 0
    for place, bit in bits:
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        newest.write_bytes(damaged)
        found, warnings = read(checkpoints)
        if warnings:
            assert is_same(found, checkpoint(2))
        else:  # the time of day in the archive's lists, and other bytes that mean nothing
            whole += 1
            assert is_same(found, checkpoint(3))
    assert whole < len(bits) / 4  # measured 0.14


@every_place
def test_wherever_the_file_was_cut_it_is_not_read(step, checkpoints, newest):
    content = newest.read_bytes()
    for length in range(0, len(content), step):
        newest.write_bytes(content[:length])
        assert_falls_back(checkpoints)


def test_another_shape_or_type_is_named_and_not_read(checkpoints):
    for array, word in ((np.zeros((3, 2), np.float32), "(2, 3)"), (STATE[0].astype(float), "float32")):
        warnings = []
        with pytest.raises(ModelError, match="numpy-seed0"):
            checkpoints.read([array, *STATE[1:]], warnings.append)
        assert len(warnings) == 2
        assert all(word in warning for warning in warnings)


def test_another_number_of_arrays_is_not_read(checkpoints):
    with pytest.raises(ModelError):
        checkpoints.read(STATE[:2], lambda line: None)


def test_the_epochs_of_a_file_that_was_renamed_are_named(checkpoints, newest):
    newest.write_bytes(newest.with_name("numpy-seed0-epoch2.npz").read_bytes())
    assert_falls_back(checkpoints, "epochs 1, 2")


@pytest.mark.parametrize(
    "content", [b"", b"no archive", np.lib.format.magic(1, 0), b"\x80\x04N."], ids=["empty", "text", "npy", "pickle"]
)
def test_what_is_no_archive_is_not_read(content, checkpoints, newest):
    newest.write_bytes(content)
    assert_falls_back(checkpoints)


def zip_of(path, compression, **members):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


def alike(content):
    """Return this content for every array of a checkpoint, by name."""
    return dict.fromkeys(["records", "progress", "state_0000", "state_0001", "state_0002"], content)


def header(shape):
    """Return the beginning of an npy file of float32 numbers."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}"
    return np.lib.format.magic(1, 0) + len(text).to_bytes(2, "little") + text.encode()


def test_an_archive_that_unpacks_to_far_more_than_its_size_is_not_unpacked(checkpoints, newest):
    content = header((4_000_000,)) + bytes(16_000_000)
    zip_of(newest, zipfile.ZIP_DEFLATED, **alike(content))
    tracemalloc.start()
    try:
        assert_falls_back(checkpoints, "16000000 bytes", "at most")
        assert tracemalloc.get_traced_memory()[1] < 4_000_000  # measured 0.1 MB
    finally:
        tracemalloc.stop()


def test_an_array_that_says_it_is_larger_than_all_memory_is_not_read(checkpoints, newest):
    content = header((10**15,))
    zip_of(newest, zipfile.ZIP_STORED, **alike(content))
    assert_falls_back(checkpoints, "promises", "4000000000000")


def test_arrays_that_share_their_bytes_are_not_read(tmp_path):
    equal = [np.ones(1000, np.float32)] * 5
    checkpoints = Checkpoints(tmp_path, "numpy-seed0")
    checkpoints.write(Checkpoint(equal, []))
    (path,) = (tmp_path / "checkpoints").iterdir()
    content = path.read_bytes()
    entries = [match.start() for match in re.finditer(b"PK\1\2", content)]
    first, *others = [start for start in entries if b"state_" in content[start : start + 60]]
    shared = bytearray(content)
    for start in others:  # the place of an array's bytes in the file stands 42 bytes behind
        shared[start + 42 : start + 46] = content[first + 42 : first + 46]
    path.write_bytes(shared)
    warnings = []
    with pytest.raises(ModelError):
        checkpoints.read(equal, warnings.append)
    assert "File name in directory 'state_0001.npy' and header b'state_0000.npy' differ" in warnings[0]


def test_a_state_of_thousands_of_arrays_is_read(tmp_path):
    state = [np.array(number) for number in range(3000)]
    checkpoints = Checkpoints(tmp_path, "numpy-seed0")
    checkpoints.write(Checkpoint(state, []))
    found, warnings = read(checkpoints, state)
    assert found.state == state and warnings == []


def test_with_all_damaged_there_is_nothing_to_go_on_from(checkpoints, newest):
    for path in newest.parent.iterdir():
        path.write_bytes(path.read_bytes()[:-100])
    warnings = []
    with pytest.raises(ModelError, match=r"no checkpoint of numpy-seed0 .* can be read; start a new run"):
        checkpoints.read(STATE, warnings.append)
    assert len(warnings) == 2
