"""The Adam write-up's code, held to loops that follow its description number by number."""

from types import ModuleType

import numpy as np
import pytest

import numpy_model
from harness.experiments.published_code import MomentsOfOneBatch, published_adam_cnn

SIZE, N_FILTERS, N_CLASSES = 6, 10, 3


def looped_outputs(images, kernel, bias):
    """Return what the convolution gives after its ReLU, (N, F, H, W), with zeros around the images."""
    outputs = np.zeros((len(images), N_FILTERS, SIZE, SIZE))
    for n, f, y, x in np.ndindex(outputs.shape):
        padded = np.pad(images[n, :, :, 0], 1)
        outputs[n, f, y, x] = max(0.0, (padded[y : y + 3, x : x + 3] * kernel[:, :, 0, f]).sum() + bias[f])
    return outputs


def looped_pooling(outputs):
    """Return the pooled numbers, (N, F, H / 2, W / 2): the last row and column see half a window."""
    pooled = np.zeros((*outputs.shape[:2], SIZE // 2, SIZE // 2))
    for n, f, i, j in np.ndindex(pooled.shape):
        rows = 1 if i == SIZE // 2 - 1 else 2
        columns = 1 if j == SIZE // 2 - 1 else 2
        pooled[n, f, i, j] = outputs[n, f, 2 * i : 2 * i + rows, 2 * j : 2 * j + columns].max()
    return pooled


def looped_gradients(images, labels, kernel, bias, weights, dense_bias):
    """Return the gradients of kernel, bias, dense kernel and dense bias, means over the batch."""
    outputs = looped_outputs(images, kernel, bias)
    pooled = looped_pooling(outputs)
    features = pooled.transpose(0, 2, 3, 1).reshape(len(images), -1)  # flattened as Keras does
    logits = features @ weights + dense_bias
    probabilities = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    grad_logits = probabilities - np.eye(N_CLASSES)[labels]
    grad_pooled = (grad_logits @ weights.T).reshape(len(images), SIZE // 2, SIZE // 2, N_FILTERS).transpose(0, 3, 1, 2)
    grad_outputs = np.zeros_like(outputs)
    for n, f, i, j in np.ndindex(pooled.shape):
        window = outputs[n, f, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        a, b = np.unravel_index(window.argmax(), window.shape)
        grad_outputs[n, f, 2 * i + a, 2 * j + b] = grad_pooled[n, f, i, j]
    grad_kernel = np.zeros_like(kernel)
    for n, f in np.ndindex(outputs.shape[:2]):
        for y, x in np.ndindex(SIZE - 2, SIZE - 2):
            grad_kernel[:, :, 0, f] += grad_outputs[n, f, y, x] * images[n, y : y + 3, x : x + 3, 0]
    sums = grad_kernel, grad_outputs.sum(axis=(0, 2, 3)), features.T @ grad_logits, grad_logits.sum(axis=0)
    return [total / len(images) for total in sums]


def test_a_step_is_that_of_the_loops():
    numpy_model.config.set_floatx("float64")
    model = published_adam_cnn(numpy_model, (SIZE, SIZE, 1), N_CLASSES)
    model.compile(MomentsOfOneBatch(0.005))
    model.initialize(0)
    before = model.get_weights()
    rng = np.random.default_rng(1)
    images, labels = rng.random((4, SIZE, SIZE, 1)) - 0.5, np.array([0, 2, 1, 2])
    expected = [
        array - 0.005 * 0.05 * grad / np.sqrt(0.01 * grad**2 + 1e-7)
        for array, grad in zip(before, looped_gradients(images, labels, *before), strict=True)
    ]
    model.fit(images, labels, batch_size=4, shuffle=False, verbose=0)
    for array, other in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(array, other, rtol=0, atol=1e-12)  # measured 3e-16


def test_it_has_the_parameters_that_the_code_makes_and_not_those_of_its_summary():
    assert published_adam_cnn(numpy_model).count_params() == 19_710


@pytest.mark.parametrize(
    ("library", "shape", "words"),
    [("numpy_model.naive", (28, 28, 1), "use --models numpy"), ("numpy_model", (7, 8, 1), "7 x 8 pixels")],
)
def test_what_it_cannot_be_is_refused(library, shape, words):
    with pytest.raises(ValueError, match=words):
        published_adam_cnn(ModuleType(library), shape)
