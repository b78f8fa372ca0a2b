"""Every advice about a user's file is followed to its end: the expression in the message makes a file that is read."""

import numpy
import numpy as np
import pytest

from harness.base.errors import DataError
from harness.datasets import load

N, N_TEST = 40, 20
RANDOM = np.random.default_rng(0)
X = RANDOM.integers(0, 256, (N, 6, 6), dtype=np.uint8)
X[0, 0, :2] = 0, 255  # the first images have the extremes
Y = np.arange(N) % 3
GRAY = {"x_train": X, "x_test": X[:N_TEST]}
COLORS = {"x_train": np.repeat(X[..., None], 3, 3) // [1, 2, 3], "x_test": np.repeat(X[:N_TEST, ..., None], 3, 3)}
BINARY = {key: (images > 100).astype(np.uint8) for key, images in GRAY.items()}
LABELS = {"y_train": Y, "y_test": Y[:N_TEST]}
NAMES = np.array(["ant", "bee", "cat"])


def both(function, arrays):
    return {key: function(array) for key, array in arrays.items()}


def with_one(value):
    def replace(images):
        images = images / 255
        images[1, 2, 3] = value
        return images

    return replace


# For each fault: the arrays, the advice in the message, and what is then to be read, where it is not `GRAY`.
IMAGES = {
    "ones as bytes": (BINARY, "x.astype(bool)", BINARY),
    "ones as whole numbers": (both(lambda x: x.astype(np.int64), BINARY), "x.astype('float32')", BINARY),
    "0 to 255 in floating point": (both(lambda x: x.astype(float), GRAY), "x / 255", None),
    "-128 to 127 as bytes": (
        both(lambda x: (x.astype(int) - 128).astype(np.int8), GRAY),
        "numpy.interp(x, (-128, 127), (0, 1))",
        None,
    ),
    "two bytes a pixel": (both(lambda x: x * np.uint16(257), GRAY), "numpy.interp(x, (0, 65535), (0, 1))", None),
    "-0.5 to 0.5": (
        both(lambda x: x / np.float32(255) - np.float32(0.5), GRAY),
        "numpy.interp(x, (-0.5, 0.5), (0, 1))",
        None,
    ),
    "0 to 16 in floating point": (both(lambda x: x / 255 * 16, GRAY), "numpy.interp(x, (0, 16), (0, 1))", None),
    "a test beyond the training": (
        {"x_train": X % 5 * 1.0, "x_test": X[:N_TEST] % 5 * 5.0},
        "numpy.interp(x, (0, 20), (0, 1))",
        {"x_train": X % 5 * 12.75, "x_test": X[:N_TEST] % 5 * 63.75},
    ),
    "NaN": (both(with_one(np.nan), GRAY), "numpy.interp(numpy.nan_to_num(x, nan=0), (0, 1), (0, 1))", with_one(0)),
    "infinity": (both(with_one(np.inf), GRAY), "numpy.interp(numpy.nan_to_num(x, nan=0), (0, 1), (0, 1))", with_one(1)),
    "rows of colors": (both(lambda x: x.reshape(len(x), -1), COLORS), "x.reshape(-1, height, width, channels)", COLORS),
    "rows of planes": (
        both(lambda x: x.transpose(0, 3, 1, 2).reshape(len(x), -1), COLORS),
        "x.reshape(-1, channels, height, width)",
        COLORS,
    ),
    "the number of images last": (both(lambda x: np.moveaxis(x, 0, -1), COLORS), "numpy.moveaxis(x, -1, 0)", COLORS),
    "objects": (both(lambda x: x.astype(object), GRAY), "numpy.array(array.tolist())", None),
}


LABEL_FAULTS = {
    "one-hot of -1 and 1": (both(lambda y: 2 * np.eye(3)[y] - 1, LABELS), "y.argmax(axis=1)", list("012")),
    "probabilities": (both(lambda y: np.eye(3)[y] * 0.4 + 0.2, LABELS), "y.argmax(axis=1)", list("012")),
    "a row": (both(lambda y: y[None], LABELS), "y.T", list("012")),
    "one-hot in columns": (both(lambda y: np.eye(3)[y].T, LABELS), "y.T", list("012")),
    "-1, 0 and 1": (both(lambda y: y - 1, LABELS), "y.astype(str)", ["-1", "0", "1"]),
    "numbers with gaps": (both(lambda y: y * 5000, LABELS), "y.astype(str)", ["0", "5000", "10000"]),
    "halves": (both(lambda y: y / 2, LABELS), "y.astype(str)", ["0.0", "0.5", "1.0"]),
    "dates": (both(lambda y: y.astype("datetime64[Y]"), LABELS), "y.astype(str)", ["1970", "1971", "1972"]),
    "bytes": (both(lambda y: NAMES.astype("S")[y], LABELS), "numpy.char.decode(y)", list(NAMES)),
    "objects": (both(lambda y: NAMES.astype(object)[y], LABELS), "numpy.array(array.tolist())", list(NAMES)),
    "names and numbers": (
        both(lambda y: np.array(["ant", 1, "cat"], object)[y], LABELS),
        "numpy.array(array.tolist())",
        ["1", "ant", "cat"],
    ),
    "from 1, with names": (both(lambda y: y + 1, LABELS) | {"class_names": NAMES}, "y - 1", list(NAMES)),
}


def refused(path, arrays):
    np.savez(path, **arrays)
    with pytest.raises(DataError) as refusal:
        load(path)
    return str(refusal.value)


def follow(advice, message, array):
    """Return what the advice makes of an array, for images of 6 x 6 in three colors."""
    assert advice in message
    names = {"numpy": numpy, "height": 6, "width": 6, "channels": 3}
    return eval(advice, names | dict.fromkeys(("x", "y", "array"), array))


@pytest.mark.parametrize(("images", "advice", "expected"), IMAGES.values(), ids=IMAGES)
def test_images_made_as_advised_are_read_and_show_what_was_meant(tmp_path, images, advice, expected):
    path = tmp_path / "images.npz"
    message = refused(path, images | LABELS)
    np.savez(path, **both(lambda x: follow(advice, message, x), images), **LABELS)
    lines = []
    dataset = load(path, report=lines.append)
    expected = both(expected, GRAY) if callable(expected) else expected or GRAY
    white = 255 if max(part.max() for part in expected.values()) > 1 else 1
    for key, part in expected.items():
        read = getattr(dataset, key) / (255 if getattr(dataset, key).dtype == np.uint8 else 1)
        np.testing.assert_allclose(read, part.reshape(read.shape) / white, atol=1e-7)  # measured 3e-8
    assert lines == []


@pytest.mark.parametrize(("labels", "advice", "class_names"), LABEL_FAULTS.values(), ids=LABEL_FAULTS)
def test_labels_made_as_advised_are_read_and_name_the_classes_that_were_meant(tmp_path, labels, advice, class_names):
    path = tmp_path / "labels.npz"
    message = refused(path, GRAY | labels)
    made = {key: follow(advice, message, y) if key in LABELS else y for key, y in labels.items()}
    np.savez(path, **GRAY, **made)
    dataset = load(path)
    assert sorted(dataset.class_names) == sorted(class_names)
    assert len(set(zip(dataset.y_train.tolist(), Y.tolist(), strict=True))) == 3  # each class is one of those meant


def test_labels_without_a_number_are_left_out_with_their_images(tmp_path):
    path = tmp_path / "gaps.npz"
    y = np.where(Y == 2, np.nan, Y)
    message = refused(path, GRAY | LABELS | {"y_train": y})
    assert "x[numpy.isfinite(y)] and y[numpy.isfinite(y)]" in message
    np.savez(path, **GRAY | LABELS | {"x_train": X[np.isfinite(y)], "y_train": y[np.isfinite(y)], "y_test": Y[:20] % 2})
    assert load(path).y_train.tolist() == Y[Y < 2].tolist()


def test_a_file_without_a_test_has_one_once_images_are_held_back(tmp_path):
    path = tmp_path / "whole.npz"
    message = refused(path, {"x_train": X, "y_train": Y})
    assert "Hold back training images, as numpy.random.default_rng(0).permutation(len(x_train)) draws them" in message
    order = numpy.random.default_rng(0).permutation(len(X))
    train, test = order[:-10], order[-10:]
    np.savez(path, x_train=X[train], y_train=Y[train], x_test=X[test], y_test=Y[test])
    np.testing.assert_array_equal(load(path).x_test[..., 0], X[test])


def test_class_names_for_every_class_are_taken(tmp_path):
    path = tmp_path / "names.npz"
    for labels in ({"y_test": Y[:N_TEST] + 2}, {"class_names": NAMES[:2]}):
        assert "give class_names for every class" in refused(path, GRAY | LABELS | labels)
        np.savez(path, **GRAY | LABELS | labels | {"class_names": np.array(["ant", "bee", "cat", "dog", "emu"])})
        assert load(path).n_classes == 5


@pytest.mark.parametrize("value", [300, -3.0, np.nan])
def test_images_of_one_color_get_no_advice_that_divides_by_nothing(tmp_path, value):
    images = both(lambda x: np.full(x.shape, value), GRAY)
    message = refused(tmp_path / "alike.npz", images | LABELS)
    assert message.endswith("No two finite pixels differ: there is nothing to tell classes by.")


@pytest.mark.parametrize(
    ("arrays", "note"),
    [
        (both(lambda x: x // 16, GRAY), "no pixel is above 15, and white is 255; if that is white, write x / 15"),
        (both(lambda x: x / 255 / 255, GRAY), "no pixel is above 0.00392157, and white is 1;"),
        (both(lambda x: np.repeat(x[:, :4], 2, 2), GRAY), None),
        (both(lambda x: np.repeat(x[:, None], 4, 1), GRAY), "if the channels come first, write x.transpose"),
        (both(lambda x: x.reshape(-1, 36), GRAY), "rows of 36 numbers are read as gray images of 6 x 6 pixels"),
        (both(lambda y: y + 1, LABELS), "class 0 has no image, and the network 4 outputs; for 3 write y - 1"),
        (both(lambda y: y * 0, LABELS), "all images are of class 0, so there is nothing to learn"),
    ],
)
def test_what_may_be_meant_otherwise_is_read_with_a_note(tmp_path, arrays, note):
    np.savez(tmp_path / "doubtful.npz", **GRAY | LABELS | arrays)
    lines = []
    load(tmp_path / "doubtful.npz", report=lines.append)
    assert [note in line for line in lines] == ([True] if note else [])
