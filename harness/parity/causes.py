"""Differences whose cause is known: what many networks from scratch do, by design or by mistake.

Letters: N samples, F classes.
"""

from dataclasses import dataclass, replace

import numpy as np

from harness.parity.compare import compare, distance, first_divergence

# That networks add to a probability, or clip it to, so that its logarithm is finite.
EPSILONS = (1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)

PLAIN = "-log(p)"

# A factor is said to be exact if what it leaves unexplained is this small beside the difference.
LEFT = 1e-3


@dataclass(frozen=True)
class Cause:
    """What is known of a difference.

    Attributes:
        words: what it is made of.
        place: where to look, if that is another place than the difference shows; `None`, the default, if not.
    """

    words: str
    place: str | None = None


@dataclass(frozen=True)
class Setting:
    """How a model trains, as far as causes depend on it.

    Attributes:
        batch_size: samples of a step.
        n_classes: outputs of the network.
        learning_rate: of the step.
        momentum: of the optimizer; `None` if its steps are none of descent.
        names_optimizer: whether the model names its optimizer.
    """

    batch_size: int
    n_classes: int = 0
    learning_rate: float = 0.0
    momentum: float | None = 0.0
    names_optimizer: bool = False


def loss_with_epsilon(step, ours, theirs, y, tolerance, differences, look):
    """Return a sentence if the loss keeps probabilities from zero, or `None`; and the differences that are left then.

    Args:
        step: its number.
        ours, theirs: `Trace`s.
        y: (N,) labels.
        tolerance: a `Tolerance`.
        differences: of both traces.
        look: a function that returns Keras's `Trace` with the `epsilon` of a loss -log(p + epsilon).
    """
    reported = ours.without_inferred_outputs()
    if any(other.is_too_large and other.kind == "output" and other.layer in reported.outputs for other in differences):
        return None, differences
    form = None
    if ours.loss is not None:
        probabilities = theirs.outputs[list(theirs.outputs)[-1]][np.arange(len(y)), y]
        allowed = tolerance.relative * max(1.0, abs(theirs.loss))
        forms = (form for form, loss in kept_from_zero(probabilities) if abs(ours.loss - loss) <= allowed)
        if (form := next(forms, None)) is None:
            return None, differences
        reported = replace(reported, loss=None)
    form = None if form == PLAIN else form
    for epsilon in (None, *EPSILONS) if form else EPSILONS:
        left = compare(step, reported, look(epsilon=epsilon), tolerance)
        if not first_divergence(left):
            return f"the loss is {form or form_of(epsilon)}", left
    return (f"the loss is {form}", compare(step, reported, theirs, tolerance)) if form else (None, differences)


def form_of(epsilon):
    """Return a loss with an epsilon in words."""
    return f"-log(p + {epsilon:.0e})"


def kept_from_zero(probabilities):
    """Yield losses that keep the probabilities (N,) of the labels from zero, as (words, mean loss)."""
    with np.errstate(divide="ignore"):
        yield PLAIN, float(-np.log(probabilities).mean())
    for epsilon in EPSILONS:
        yield form_of(epsilon), float(-np.log(probabilities + epsilon).mean())
        clipped = np.clip(probabilities, epsilon, 1 - epsilon)
        yield f"-log(p) with p clipped to [{epsilon:.0e}, 1 - {epsilon:.0e}]", float(-np.log(clipped).mean())


def loss_without_penalty(ours, theirs, tolerance):
    """Return Keras's `Trace` with the loss that ours is compared with, and a sentence if penalties are missing in it.

    Args:
        ours, theirs: `Trace`s.
        tolerance: a `Tolerance`.
    """
    if ours.loss is None or not theirs.penalty:
        return theirs, None
    bare = replace(theirs, loss=theirs.loss - theirs.penalty)
    if abs(ours.loss - bare.loss) > tolerance.relative * max(1.0, abs(bare.loss)):
        return theirs, None
    return bare, "the loss is reported without the penalties of the network"


def known_cause(difference, ours, theirs, before, last, setting, look):
    """Return the `Cause` of a difference, or `None` if it is nothing that is known.

    Args:
        difference: the first `Difference` that is too large.
        ours, theirs: `Trace`s.
        before: our parameters by layer and name from before the step.
        last: our `Trace` of the step before, or `None`.
        setting: a `Setting`.
        look: a function that returns Keras's `Trace`, with `shares_ties` that of a model which gives every maximum of a
            tie the gradient, and with a `shift` that of other labels.
    """
    layer = difference.layer
    if difference.kind == "loss" and 0 <= ours.loss <= 1 and (ours.loss * setting.batch_size).is_integer():
        words = "it is a share of the batch, as an accuracy is: of what train_step returns, the loss comes first"
        return Cause(words)
    if difference.kind == "loss" and ours.loss and theirs.loss:
        factor = ours.loss / theirs.loss
        words = words_of_factor(factor, setting)
        return None if words.startswith("it is") and "," not in words else Cause(words)
    if difference.kind != "gradient":
        return None
    if not all(np.isfinite(array).all() for array in gradients_of(ours, difference)):
        return Cause("it holds numbers that are not finite")
    if is_like(ours, look(shares_ties=True), theirs, difference):
        words = "every maximum of a tie is given the gradient, and in Keras the first alone"
        return Cause(words, None if layer.startswith("max_pooling") else "the backward pass of max pooling")
    names = list(ours.grads.get(layer, ()))
    if difference.quantity == "gradient of its inputs" or not names:
        return None
    for shift, word in ((-1, "before"), (1, "after")):
        if is_like(ours, look(shift=shift), theirs, difference):
            return Cause(f"it is that of the class {word} the label's: labels are off by one", "the labels")
    own, grad = (flat(of_model.grads[layer], names) for of_model in (ours, theirs))
    if own.shape != grad.shape or not np.isfinite(own).all():
        return None
    if factor := coefficient(own, grad, beside=own - grad):
        return cause_of_factor(factor, ours, theirs, setting)
    name = difference.quantity.removeprefix("gradient of ")
    alone, right = (flat(of_model.grads[layer], [name]) for of_model in (ours, theirs))
    if len(alone) > 2 and (factor := coefficient(alone, right, beside=alone - right)):
        return Cause(words_of_factor(factor, setting))
    kernels = [name for name in names if name == "kernel"]
    weights, added = flat(before[layer], kernels), flat(ours.grads[layer], kernels) - flat(theirs.grads[layer], kernels)
    if kernels and (decay := coefficient(added, weights)):
        has = "it has" if decay > 0 else "it lacks"
        penalty = "which Keras's network has not" if decay > 0 else "which Keras's network has"
        left = "added to it" if decay > 0 else "that Keras adds"
        return Cause(f"{has} {abs(decay):.3g} times the weights {left}: an L2 penalty, {penalty}")
    if not ours.has_inferred_grads:
        return None
    if last and (added := coefficient(own - grad, flat(last.grads[layer], names))):
        return Cause(words_of_velocity(setting.momentum + added, setting), "the optimizer")
    if is_adaptive(own, grad):
        words = "all numbers of the step are of one size, whatever the gradient's: a step of Adam or RMSprop"
        return Cause(words + name_it(setting, "adam"), "the optimizer")
    return None


def cause_of_factor(factor, ours, theirs, setting):
    """Return the `Cause` of a gradient that is a multiple of the right one."""
    words, momentum = words_of_factor(factor, setting), setting.momentum
    if not ours.has_inferred_grads or not is_factor_of_all(factor, ours, theirs):
        return Cause(words)
    if momentum and abs(factor / (1 - momentum) - 1) < LEFT:
        return Cause(f"the velocity takes only {factor:.3g} of each gradient, and in Keras all of it", "the optimizer")
    if momentum and abs(factor / (1 + momentum) - 1) < LEFT:
        return Cause("it is a step with Nesterov's momentum; name it with nesterov=True", "the optimizer")
    if momentum and abs(factor * (1 + momentum) - 1) < LEFT:
        return Cause("it is a step without Nesterov's look ahead", "the optimizer")
    if "," in words:
        return Cause(words)
    rate = f"{factor * setting.learning_rate:.9g}"
    words += f", as are those of all layers: a learning rate of {rate} in place of {setting.learning_rate:.6g} does "
    words += f"the same; if it is the model's own, write learning_rate = {rate} and train_step(x, y) into it"
    return Cause(words, "the learning rate of its steps, or at the gradient of the loss")


def is_factor_of_all(factor, ours, theirs):
    """Return whether the gradients of all layers are the same multiple of the right ones."""
    pairs = [(ours.grads[layer], grads) for layer, grads in theirs.grads.items() if ours.grads.get(layer)]
    gaps = [np.abs(own[name] - factor * grads[name]).max() for own, grads in pairs for name in own]
    sizes = [np.abs(own[name]).max() for own, _ in pairs for name in own]
    return all(gap <= LEFT * size for gap, size in zip(gaps, sizes, strict=True))


def words_of_velocity(momentum, setting):
    """Return what a step is that adds this much of the step before."""
    if not setting.momentum:
        words = f"it has {momentum:.3g} times the step before added to it: a step with momentum, and no plain descent"
        return words + name_it(setting, f"sgd:momentum={momentum:.3g}")
    if abs(momentum) < LEFT:
        return "it is a plain step: the velocity of the step before is forgotten"
    return f"it has {momentum:.3g} times the step before added to it, and the optimizer {setting.momentum:.3g} times"


def name_it(setting, name):
    """Return what to write into a model that takes other steps than plain ones, unless it names its optimizer."""
    return "" if setting.names_optimizer else f'; if this is meant, write optimizer = "{name}" into the model'


def flat(arrays, names):
    """Return arrays as one row of numbers in float64."""
    return np.concatenate([np.ravel(arrays[name]).astype(np.float64) for name in names] or [np.zeros(0)])


def coefficient(numbers, others, beside=None):
    """Return c if numbers = c * others, or `None`.

    Args:
        numbers, others: of equal length.
        beside: what may be left is small beside the largest of these; default `numbers`.
    """
    square = float(np.dot(others, others))
    if not square or not np.isfinite(square):
        return None
    factor = float(np.dot(numbers, others)) / square
    left = np.abs(numbers - factor * others).max()
    return factor if left <= LEFT * np.abs(numbers if beside is None else beside).max() else None


def words_of_factor(factor, setting):
    """Return what a factor means that a gradient or a loss has."""
    for size, summed, is_what in (
        (setting.batch_size, "the batch size: it is summed over the batch", "batch"),
        (setting.n_classes, "the number of classes: it is summed over them, and not averaged", "classes"),
    ):
        if size > 1 and abs(factor / size - 1) < LEFT:
            return f"it is {size} times the right one, which is {summed}"
        if size > 1 and abs(factor * size - 1) < LEFT and is_what == "batch":
            return f"it is 1/{size} of the right one: the mean over the batch of {size} is taken twice"
    if abs(factor + 1) < LEFT:
        return "it has the wrong sign, and nothing else is wrong with it"
    digits = 12 if abs(factor - 1) < LEFT else 6
    return f"it is {factor:.{digits}g} times the right one"


def is_like(ours, other, theirs, difference):
    """Return whether the gradients of a layer are those of another trace, and those are not Keras's."""
    own, like, keras = (gradients_of(trace, difference, ours) for trace in (ours, other, theirs))
    return gap_of(own, like) <= LEFT * gap_of(own, keras)


def gradients_of(trace, difference, known_by=None):
    """Return the gradients of a layer that a difference is about: of its inputs, or of those parameters known to us."""
    layer = difference.layer
    if difference.quantity == "gradient of its inputs":
        return [trace.grad_inputs[layer]]
    return [trace.grads[layer][name] for name in (known_by or trace).grads[layer]]


def gap_of(arrays, others):
    """Return the largest difference of two lists of arrays."""
    return max(distance(one, other)[0] for one, other in zip(arrays, others, strict=True))


def is_adaptive(own, grad):
    """Return whether a first step has the signs of the gradient, and one size for all but its smallest numbers."""
    is_large = np.abs(grad) > 1e-3 * np.abs(grad).max(initial=0)
    sizes = np.abs(own[is_large])
    is_along = (np.sign(own[is_large]) == np.sign(grad[is_large])).all()
    return bool(len(sizes) > 1 and is_along and sizes.max() < 1.05 * sizes.min())
