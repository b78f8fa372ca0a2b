"""Differences whose cause is known: what many networks from scratch do, by design or by mistake.

Letters: N samples, F classes.
"""

from dataclasses import replace

import numpy as np

from harness.parity.compare import compare, distance, first_divergence

# That networks add to a probability, or clip it to, so that its logarithm is finite.
EPSILONS = (1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)

PLAIN = "-log(p)"

# A factor is said to be exact if what it leaves unexplained is this small beside the difference.
LEFT = 1e-3


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


def known_cause(difference, ours, theirs, before, last, batch_size, look):
    """Return in words what a wrong gradient is made of, or `None` if it is nothing that is known.

    Args:
        difference: the first `Difference` that is too large.
        ours, theirs: `Trace`s.
        before: our parameters by layer and name from before the step.
        last: our `Trace` of the step before, or `None`.
        batch_size: of the step.
        look: a function that returns Keras's `Trace`, with `shares_ties` that of a model which gives every maximum of a
            tie the gradient.
    """
    layer = difference.layer
    if difference.kind != "gradient":
        return None
    if is_like(ours, look(shares_ties=True), theirs, difference):
        return "every maximum of a tie is given the gradient, and in Keras the first alone"
    names = list(ours.grads.get(layer, ()))
    if difference.quantity == "gradient of its inputs" or not names:
        return None
    own, grad = (flat(of_model.grads[layer], names) for of_model in (ours, theirs))
    if own.shape != grad.shape or not np.isfinite(own).all():
        return None
    if factor := coefficient(own, grad, beside=own - grad):
        return words_of_factor(factor, batch_size)
    kernels = [name for name in names if name == "kernel"]
    weights, added = flat(before[layer], kernels), flat(ours.grads[layer], kernels) - flat(theirs.grads[layer], kernels)
    if kernels and (decay := coefficient(added, weights)):
        return f"it has {decay:.3g} times the weights added to it: an L2 penalty, which Keras's network has not"
    if ours.has_inferred_grads:
        if last and (momentum := coefficient(own - grad, flat(last.grads[layer], names))):
            return (
                f"it has {momentum:.3g} times the step before added to it: a step with momentum, and no plain descent"
            )
        if is_adaptive(own, grad):
            return "all numbers of the step are of one size, whatever the gradient's: a step of Adam or RMSprop"
    return None


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


def words_of_factor(factor, batch_size):
    """Return what a gradient's factor means."""
    if batch_size > 1 and abs(factor / batch_size - 1) < LEFT:
        return f"it is {batch_size} times the right one, which is the batch size: it is summed over the batch"
    if batch_size > 1 and abs(factor * batch_size - 1) < LEFT:
        return f"it is 1/{batch_size} of the right one: the mean over the batch of {batch_size} is taken twice"
    return f"it is {factor:.6g} times the right one"


def is_like(ours, other, theirs, difference):
    """Return whether the gradients of a layer are those of another trace, and those are not Keras's."""
    layer, is_of_inputs = difference.layer, difference.quantity == "gradient of its inputs"
    own, like, keras = (
        [of_model.grad_inputs[layer]] if is_of_inputs else [of_model.grads[layer][name] for name in ours.grads[layer]]
        for of_model in (ours, other, theirs)
    )
    return gap_of(own, like) <= LEFT * gap_of(own, keras)


def gap_of(arrays, others):
    """Return the largest difference of two lists of arrays."""
    return max(distance(one, other)[0] for one, other in zip(arrays, others, strict=True))


def is_adaptive(own, grad):
    """Return whether a first step has the signs of the gradient, and one size for all but its smallest numbers."""
    is_large = np.abs(grad) > 1e-3 * np.abs(grad).max(initial=0)
    sizes = np.abs(own[is_large])
    is_along = (np.sign(own[is_large]) == np.sign(grad[is_large])).all()
    return bool(len(sizes) > 1 and is_along and sizes.max() < 1.05 * sizes.min())
