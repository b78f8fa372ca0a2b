"""Twelve networks from scratch, each with a mistake that public ones have, and what the proof says of them.

All are `harness/user_models/template_batches.py` with a line or two of it changed.
"""

import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from harness.experiments.networks import simple_cnn
from harness.experiments.optimizers import optimizer_of
from harness.parity.compare import first_divergence
from harness.parity.pairs import import_keras, traces_of
from harness.parity.reference import Reference
from harness.parity.report import words_of
from harness.parity.user_walker import UserWalker
from harness.parity.walk import Divergence, batches_in
from harness.user_models.loading import load_user_model
from harness.user_models.variants import template_text

N_STEPS, BATCH_SIZE, LEARNING_RATE, N_CLASSES = 3, 4, 0.005, 10


@dataclass(frozen=True)
class Mistake:
    """A mistake, and what the proof should say of it.

    Attributes:
        what: in a sentence.
        changes: pieces of the template, and what they become.
        layer, quantity: of the first difference.
        words: that the rest of the sentence should have.
        step: of the first difference.
        optimizer: that the model names.
        logits_scale: factor on the last kernel, for a mistake that shows with large logits.
    """

    what: str
    changes: tuple[tuple[str, str], ...]
    layer: str
    quantity: str
    words: str
    step: int = 1
    optimizer: str = "sgd"
    logits_scale: float = 1.0

    @property
    def expected(self) -> str:
        """What the proof should say, in short."""
        step = f"step {self.step}, " if self.step > 1 else ""
        return f"{step}layer {self.layer}: {self.quantity} differs; {self.words}"

    def text(self) -> str:
        """Return the network with the mistake."""
        text = template_text(["batches"])
        for old, new in self.changes:
            if old not in text:
                raise ValueError(f"the template has no {old!r}")
            text = text.replace(old, new)
        return text


@dataclass(frozen=True)
class Finding:
    """What the proof says of a network.

    Attributes:
        mistake: that was made.
        divergence: the first difference, or `None`.
    """

    mistake: Mistake
    divergence: Divergence | None

    @property
    def words(self) -> str:
        """What the proof says, without numbers."""
        if self.divergence is None:
            return "same"
        return re.sub(r" by \S+ \(tolerance \S+\)", "", words_of(self.divergence))

    @property
    def is_right(self) -> bool:
        """Whether step, layer, quantity and words are those of the mistake."""
        if self.divergence is None:
            return False
        found, mistake = self.divergence.difference, self.mistake
        place = found.step, found.layer, found.quantity
        return place == (mistake.step, mistake.layer, mistake.quantity) and mistake.words in self.words


MISTAKES = (
    Mistake(
        "Softmax takes exp of the logits as they are, which overflows when they are large.",
        (("np.exp(x - x.max(axis=1, keepdims=True))", "np.exp(x)"),),
        "dense_1",
        "output",
        "look at its forward pass",
        logits_scale=1e5,
    ),
    Mistake(
        "Max pooling stops one row early, and leaves the last row at zero.",
        (
            (
                "        return self.pixels.max(axis=-1)\n",
                "        outputs = np.zeros(self.pixels.shape[:-1])\n"
                "        for row in range(height // 2 - 1):\n"
                "            outputs[:, :, row] = self.pixels[:, :, row].max(axis=-1)\n"
                "        return outputs\n",
            ),
        ),
        "max_pooling2d",
        "output",
        "look at its forward pass",
    ),
    Mistake(
        "The bias of a convolution is added to its kernel, and not to the outputs: right as long as it is zero.",
        (
            (
                "        self.windows = windows(images)\n",
                "        self.windows = windows(images)\n        kernel = kernel + bias.reshape(-1, 1, 1, 1)\n",
            ),
            ("return outputs + bias.reshape(-1, 1, 1)", "return outputs"),
        ),
        "conv2d",
        "output",
        "look at its forward pass",
        step=2,
    ),
    Mistake(
        "The gradient of the logits, probabilities - targets, goes through the derivative of the softmax once more.",
        (
            (
                "        return (probabilities - np.eye(10)[y]) / len(y)\n",
                "        gradient = (probabilities - np.eye(10)[y]) / len(y)\n"
                "        return probabilities * (gradient - (gradient * probabilities).sum(axis=1, keepdims=True))\n",
            ),
        ),
        "dense_1",
        "gradient of kernel",
        "or at the gradient of the loss",
    ),
    Mistake(
        "Labels are counted from one, and the one of one-hot stands a class too low.",
        (("np.eye(10)[y]", "np.eye(10)[y - 1]"),),
        "dense_1",
        "gradient of kernel",
        "labels are off by one",
    ),
    Mistake(
        "The gradient is summed over the batch, and not averaged.",
        (("np.eye(10)[y]) / len(y)", "np.eye(10)[y])"),),
        "dense_1",
        "gradient of kernel",
        "it is summed over the batch",
    ),
    Mistake(
        "The gradient of a dense layer's bias has the wrong sign.",
        (("[self.inputs.T @ gradient, gradient", "[self.inputs.T @ gradient, -gradient"),),
        "dense_1",
        "gradient of bias",
        "it has the wrong sign",
    ),
    Mistake(
        "The derivative of ReLU is that of its outputs, outputs >= 0, which holds everywhere.",
        (("self.is_positive = inputs > 0\n        return inputs * self.is_positive",
          "self.is_positive = np.maximum(inputs, 0) >= 0\n        return np.maximum(inputs, 0)"),),
        "dense",
        "gradient of kernel",
        "look at its backward pass",
    ),
    Mistake(
        "Max pooling gives its gradient to all maxima of a tie.",
        (
            (
                "chosen = np.eye(4)[self.pixels.argmax(axis=-1)]",
                "chosen = self.pixels == self.pixels.max(axis=-1, keepdims=True)",
            ),
        ),
        "max_pooling2d",
        "gradient of its inputs",
        "every maximum of a tie is given the gradient",
    ),
    Mistake(
        "The gradient of a convolution's inputs takes the kernel as it is, and not turned.",
        (("turned = kernel[:, :, ::-1, ::-1]", "turned = kernel"),),
        "conv2d_1",
        "gradient of its inputs",
        "look at its backward pass",
    ),
    Mistake(
        "The gradient of the padded images is cut at the corner, and not by its padding.",
        (
            (
                'return np.einsum("nfhwij,fcij->nchw", windows(gradient), turned, optimize=True)',
                'padded = np.pad(gradient, ((0, 0), (0, 0), (2, 2), (2, 2)))\n'
                '        padded = np.einsum("nfhwij,fcij->nchw", windows(padded), turned, optimize=True)\n'
                "        return padded[:, :, :-4, :-4]",
            ),
        ),
        "conv2d_1",
        "gradient of its inputs",
        "look at its backward pass",
    ),
    Mistake(
        "Adam begins every step with moments of zero.",
        (
            ("    channels_first = True\n", '    channels_first = True\n    optimizer = "adam"\n'),
            (
                "            array -= learning_rate * gradient\n",
                "            first, second = 0.1 * gradient / (1 - 0.9), 0.001 * gradient**2 / (1 - 0.999)\n"
                "            array -= learning_rate * first / (np.sqrt(second) + 1e-7)\n",
            ),
        ),
        "dense_1",
        "kernel",
        "look at the optimizer; the step is Adam's with moments that are forgotten at every step",
        step=2,
        optimizer="adam",
    ),
)  # fmt: skip


def pictures(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images (N, 28, 28, 1) of rectangles of noise on a constant background, and labels (N,)."""
    rng = np.random.default_rng(0)
    x = np.full((n, 28, 28, 1), -0.5, np.float32)
    for image in x:
        top, left, height, width = (*rng.integers(2, 12, 2), *rng.integers(8, 15, 2))
        image[top : top + height, left : left + width] = rng.random((height, width, 1)) - 0.5
    return x, rng.integers(0, N_CLASSES, n)


def prove_all(progress: Callable = iter) -> list[Finding]:
    """Prove all networks of the gallery, in float64.

    Args:
        progress: is given the list of mistakes, and returns an iterator over it.
    """
    walkers = {
        name: import_keras().KerasWalker(simple_cnn, optimizer_named(name), "float64", is_exact=True)
        for name in ("sgd", "adam")
    }
    return [Finding(mistake, first_difference(mistake, walkers[mistake.optimizer])) for mistake in progress(MISTAKES)]


def first_difference(mistake: Mistake, keras_walker: object) -> Divergence | None:
    """Return the first difference of a network from Keras.

    Args:
        mistake: that is made.
        keras_walker: a `KerasWalker` in float64, with the optimizer of the mistake.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "my_model.py"
        file.write_text(mistake.text(), encoding="utf-8")
        walker = UserWalker(load_user_model(str(file)), simple_cnn, optimizer_named(mistake.optimizer), "float64")
    reference = Reference(keras_walker, walker.names, "float64", walker.step_rule, names_optimizer=True)
    *others, kernel, bias = walker.initialize(0)
    weights = [*others, kernel * np.float32(mistake.logits_scale), bias]
    walker.start(weights)
    reference.start(weights)
    batches = list(zip(*(np.split(array, N_STEPS) for array in pictures(N_STEPS * BATCH_SIZE)), strict=True))
    with np.errstate(all="ignore"):
        for step, ours in enumerate(traces_of(walker, batches_in("float64", batches)), start=1):
            _, differences, _, cause = reference.follow(step, ours, *batches[step - 1])
            if found := first_divergence(differences):
                return Divergence(found, differences, cause)
    return None


def optimizer_named(name: str) -> Callable:
    """Return an optimizer as a function of the library."""
    return partial(optimizer_of(name), learning_rate=LEARNING_RATE)


def table(findings: Iterable[Finding]) -> str:
    """Return a table of mistakes, what the proof says of each, and what it should say."""
    rows = [("mistake", "what the proof says", "what it should say"), ("---",) * 3]
    rows += [(finding.mistake.what, finding.words, finding.mistake.expected) for finding in findings]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
