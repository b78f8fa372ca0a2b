"""Parameters to disk and back, and files that must not be believed."""

import contextlib
import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from numpy_model.weights_file import read_weights, write_weights
from tests.numpy_model.cases import draw

ARRAYS = {"conv2d/kernel": draw((2, 2, 1, 3), "float32"), "conv2d/bias": draw((3,), "float32", seed=1)}
SHAPES = {name: array.shape for name, array in ARRAYS.items()}


@pytest.fixture(name="path")
def written_path(tmp_path):
    path = tmp_path / "weights.npz"
    write_weights(path, ARRAYS)
    return path


def test_what_was_written_is_read_bit_by_bit(path):
    for array, expected in zip(read_weights(path, SHAPES), ARRAYS.values(), strict=True):
        assert array.dtype == expected.dtype
        np.testing.assert_array_equal(array, expected)


def test_arrays_come_in_the_order_asked_for(path):
    backwards = dict(reversed(SHAPES.items()))
    assert [array.shape for array in read_weights(path, backwards)] == list(backwards.values())


def test_a_path_may_be_a_string(path):
    assert len(read_weights(str(path), SHAPES)) == 2


def test_another_ending_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match=r"'.*weights\.h5'; weights are saved as npz: end it with \.npz"):
        write_weights(tmp_path / "weights.h5", ARRAYS)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.npz"):
        read_weights(tmp_path / "missing.npz", SHAPES)


class Trap:
    """Ends the process when it is unpickled."""

    def __reduce__(self):
        return exit, ("unpickled",)


def test_a_pickled_array_is_refused_and_never_run(path):
    np.savez(path, **{name: np.array([Trap()]) for name in SHAPES})
    with pytest.raises(ValueError, match=r"weights\.npz is not a file of weights"):
        read_weights(path, SHAPES)


def test_a_bare_pickle_is_refused_and_never_run(path):
    np.array([Trap()]).dump(path)
    with pytest.raises(ValueError, match=r"weights\.npz is not a file of weights"):
        read_weights(path, SHAPES)


def test_a_file_that_ends_too_soon_is_refused(path):
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"weights\.npz is not a file of weights"):
            read_weights(path, SHAPES)


def test_a_changed_byte_is_refused_or_harmless(path):
    content = path.read_bytes()
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        arrays = ARRAYS.values()
        with contextlib.suppress(ValueError):
            arrays = read_weights(path, SHAPES)
        for array, expected in zip(arrays, ARRAYS.values(), strict=True):
            np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("content", [b"", b"accuracy 0.89\n", b"\x00" * 200], ids=["empty", "text", "zeros"])
def test_a_file_of_something_else_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"weights\.npz is not a file of weights"):
        read_weights(path, SHAPES)


def test_a_single_array_is_refused(path):
    buffer = io.BytesIO()
    np.save(buffer, ARRAYS["conv2d/bias"])
    path.write_bytes(buffer.getvalue())
    with pytest.raises(ValueError, match=r"weights\.npz is not a file of weights"):
        read_weights(path, SHAPES)


def test_a_zip_file_of_something_else_is_refused(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "no weights")
    with pytest.raises(ValueError, match=r"weights\.npz"):
        read_weights(path, SHAPES)


@pytest.mark.parametrize(
    "shapes",
    [
        {**SHAPES, "conv2d/bias": (4,)},
        {"conv2d/kernel": (2, 2, 1, 3)},
        {**SHAPES, "dense/bias": (3,)},
        {"conv2d/kernel": (2, 2, 1, 3), "conv2d_1/bias": (3,)},
    ],
    ids=["another shape", "one more in the file", "one missing in the file", "another name"],
)
def test_other_names_or_shapes_are_refused_with_both(path, shapes):
    with pytest.raises(ValueError, match=r"weights\.npz .*holds .*, and the model.* has .*(conv2d|\(4,\))"):
        read_weights(path, shapes)


@pytest.mark.parametrize("dtype", ["complex64", "U3"])
def test_arrays_that_are_no_real_numbers_are_refused(path, dtype):
    np.savez(path, **{name: np.zeros(shape, dtype) for name, shape in SHAPES.items()})
    with pytest.raises(ValueError, match=r"weights\.npz"):
        read_weights(path, SHAPES)


def forged(descr, shape, content=b""):
    """Return an npy file whose header says this."""
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + content


@pytest.fixture
def forge(path):
    """Return a function that writes a file with this in the place of its bias, or beside it."""

    def write(members, method=zipfile.ZIP_DEFLATED):
        good = {}
        for name, array in ARRAYS.items():
            stream = io.BytesIO()
            np.save(stream, array)
            good[f"{name}.npy"] = stream.getvalue()
        with zipfile.ZipFile(path, "w", method) as file:
            for name, content in (good | members).items():
                file.writestr(name, content)

    return write


@pytest.mark.parametrize(
    "bias",
    [
        forged("<f4", "(30000000,)", bytes(120_000_000)),
        forged("<f4", "(1000000000000,)"),
        forged("<f4", "(-3,)", bytes(12)),
        forged("|V0", "(1000000000000,)"),
        forged([("a", "<f4")], "(3,)", bytes(12)),
        forged(("<f4", (3,)), "(1,)", bytes(12)),
        forged("<f4", f"({'(' * 400}{')' * 400},)", bytes(12)),
        b"",
    ],
    ids=["a bomb", "a lie", "negative", "of no size", "records", "arrays in arrays", "brackets", "nothing"],
)
def test_a_forged_array_is_refused_in_little_memory(path, forge, bias):
    forge({"conv2d/bias.npy": bias})
    del bias
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"weights\.npz"):
        read_weights(path, SHAPES)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_ten_thousand_more_arrays_are_refused_in_a_short_message(path, forge):
    forge({str(number): b"" for number in range(10_000)})
    with pytest.raises(ValueError, match=r"weights\.npz holds conv2d/kernel, conv2d/bias, 0, 1") as refusal:
        read_weights(path, SHAPES)
    assert len(str(refusal.value)) < 1000


def test_a_name_that_stands_in_it_twice_is_refused(path, forge):
    forge({"conv2d/bias": b""})
    with pytest.raises(ValueError, match=r"weights\.npz holds conv2d/kernel, conv2d/bias, conv2d/bias, and"):
        read_weights(path, SHAPES)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression_is_refused(path, forge, method):
    forge({}, method)
    with pytest.raises(ValueError, match="neither stored nor deflated"):
        read_weights(path, SHAPES)


def test_an_encrypted_file_is_refused(path):
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = -1
        while (at := content.find(mark, at + 1)) >= 0:
            content[at + offset] |= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"is not a file of weights of this model: .*encrypted"):
        read_weights(path, SHAPES)
