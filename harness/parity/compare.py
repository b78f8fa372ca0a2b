"""The differences of two traces, in the order in which a cause comes before its effects."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """How far apart two correct models may be in one step.

    Attributes:
        relative: of outputs and gradients, to the largest number of the array; of the loss, to 1 if it is smaller.
        absolute: of parameters; where they are larger than one, relative to the largest.
        gradient: of gradients, in place of `relative`; `None`, the default, for no other.
    """

    relative: float
    absolute: float
    gradient: float | None = None

    def of(self, kind):
        """Return what is allowed for a kind of `Difference`."""
        if kind == "gradient" and self.gradient is not None:
            return self.gradient
        return self.absolute if kind == "update" else self.relative

    def at(self, probabilities, y):
        """Return the tolerance for a step with these outputs (N, F) and labels (N,).

        All gradients begin with probabilities - targets, which is as precise as the probabilities: about eps. Where the
        network is so sure that this is small, rounding is the larger beside it.
        """
        errors = probabilities.copy()
        errors[np.arange(len(y)), y] -= 1
        with np.errstate(all="ignore"):
            largest = float(np.abs(errors).max())
        is_small = 0 < largest < SURE
        return replace(self, gradient=self.relative * SURE / largest) if is_small else self


# From this largest error of a probability down, gradients are allowed more.
SURE = 0.1

# For every step, from equal parameters and with equal decisions. Measured in the first steps of nine networks with
# batch sizes 1, 8 and 32 and ten seeds: float64 7e-15 relative and 3e-17 of parameters; float32 1e-6 and 1.5e-8, Adam
# included. The mistakes of `bugs` lie four orders of magnitude above in float64, and one and more in float32.
TOLERANCES = {
    "float64": Tolerance(relative=1e-10, absolute=1e-10),
    "float32": Tolerance(relative=1e-4, absolute=1e-6),
}


# Marks a parameter that changes in the forward pass, as the means of a batch normalization do.
UNTRAINED = "untrained"


@dataclass(frozen=True)
class Difference:
    """How far two models are apart in one array.

    Attributes:
        step: counted from 1.
        layer: its name, or `""` for the loss.
        kind: `"output"`, `"loss"`, `"gradient"` or `"update"`.
        quantity: in words, such as `"gradient of kernel"`.
        absolute: largest absolute difference.
        relative: the same, relative to the largest number of the reference's array.
        tolerance: that which counts is not to exceed.
        unknown: what may be at fault as well, because a model did not tell what it hands on: of an output, layers
            before it; of a gradient, layers behind it, or the loss.
        suspects_optimizer: of an update whose gradient is not known, whether the optimizer may be at fault as well;
            `None` where the gradient is known.
    """

    step: int
    layer: str
    kind: str
    quantity: str
    absolute: float
    relative: float
    tolerance: float
    unknown: tuple[str, ...] = ()
    suspects_optimizer: bool | None = None

    @property
    def counts(self):
        """What is held against the tolerance."""
        return min(self.absolute, self.relative) if self.kind == "update" else self.relative

    @property
    def is_too_large(self):
        """Whether the models differ here."""
        return not self.counts <= self.tolerance


def compare(step, ours, theirs, tolerance):
    """Return the `Difference`s of everything that both traces report of what comes before the update.

    A cause comes before its effects: outputs from the first layer to the last, the loss, and gradients from the last
    layer to the first.

    Args:
        step: its number, from 1.
        ours, theirs: `Trace`s; the second is the reference.
        tolerance: a `Tolerance`.
    """

    def difference(layer, kind, quantity, one, other, rounding=0.0, unknown=()):
        allowed = tolerance.of(kind) + relative_to(rounding, other)
        return Difference(step, layer, kind, quantity, *distance(one, other), allowed, tuple(unknown))

    found, unknown = [], []
    for layer, output in theirs.outputs.items():
        if layer in ours.outputs:
            rounding = ours.rounding.get(layer, {}).get("output", 0.0)
            found.append(difference(layer, "output", "output", ours.outputs[layer], output, rounding, unknown))
            unknown = []
        else:
            unknown.append(layer)
    if ours.loss is not None:
        absolute, _ = distance(ours.loss, theirs.loss)
        relative = absolute / max(1.0, abs(theirs.loss)) if np.isfinite(absolute) else absolute
        found.append(Difference(step, "", "loss", "loss", absolute, relative, tolerance.relative))
    unknown = ["the loss"]
    for layer in reversed(theirs.grads):
        own, rounding = ours.grads.get(layer, {}), ours.rounding.get(layer, {})
        grads = [
            difference(layer, "gradient", f"gradient of {name}", own[name], grad, rounding.get(name, 0.0))
            for name, grad in theirs.grads[layer].items()
            if name in own
        ]
        # If one of them is equal, then so is the gradient that they are made from.
        if all(grad.is_too_large for grad in grads):
            grads = [replace(grad, unknown=tuple(unknown)) for grad in grads]
        found += grads
        if layer in ours.grad_inputs:
            one, other = ours.grad_inputs[layer], theirs.grad_inputs[layer]
            found.append(difference(layer, "gradient", "gradient of its inputs", one, other))
            unknown = []
        else:
            unknown = [layer] if grads else [*unknown, layer]
    return found


def compare_updates(step, ours, theirs, tolerance, slack=None):
    """Return the `Difference`s of the parameters after the update; the arguments are those of `compare`.

    Args:
        step, ours, theirs, tolerance: as of `compare`.
        slack: by layer and parameter, how much further apart each number may be because the gradient is not known.
            Then the backward pass is compared here as well, and differences go from the last layer to the first.
            Default `None`, for gradients that are known.
    """

    def difference(layer, name, param):
        one = ours.params[layer][name]
        if slack is not None and one.shape == param.shape:
            gap = one - param
            one = param + np.sign(gap) * np.maximum(np.abs(gap) - slack[layer][name], 0)
        unknown = () if name in theirs.grads[layer] else (UNTRAINED,)
        return Difference(step, layer, "update", name, *distance(one, param), tolerance.of("update"), unknown)

    updates = {
        layer: [difference(layer, name, param) for name, param in params.items()]
        for layer, params in theirs.params.items()
    }
    if slack is None:
        return [found for of_layer in updates.values() for found in of_layer]
    # An optimizer that is right for one parameter is right for all.
    trained = [
        found for of_layer in updates.values() for found in of_layer if found.quantity in theirs.grads[found.layer]
    ]
    is_suspect = all(found.is_too_large for found in trained)
    found, unknown = [], ["the loss"]
    for layer in reversed(updates):
        of_layer = [replace(update, suspects_optimizer=is_suspect) for update in updates[layer]]
        if all(update.is_too_large for update in of_layer):
            of_layer = [replace(update, unknown=update.unknown or tuple(unknown)) for update in of_layer]
        found += of_layer
        is_told = layer in ours.grad_inputs
        unknown = [] if is_told else [layer] if of_layer else [*unknown, layer]
    return found


def distance(one, other):
    """Return the largest absolute difference, and the same relative to the largest number of `other`.

    A number that is not finite differs without limit from everything but its equal.
    """
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return np.inf, np.inf
    with np.errstate(all="ignore"):
        gaps = np.abs(one - other)
    gaps = np.where((one == other) | (np.isnan(one) & np.isnan(other)), 0, gaps)
    absolute = float(np.where(np.isnan(gaps), np.inf, gaps).max(initial=0))
    return absolute, relative_to(absolute, other)


def relative_to(gap, array):
    """Return a difference relative to the largest finite number of an array; for an array of zeros as it is."""
    scale = float(np.abs(np.where(np.isfinite(array), array, 0)).max(initial=0))
    return gap / scale if scale else gap


def first_divergence(differences):
    """Return the first of the differences that is too large, or `None`."""
    return next((difference for difference in differences if difference.is_too_large), None)


def sentence(difference, differences, place=None):
    """Say where two models differ first, and where to look.

    Args:
        difference: the first divergence.
        differences: all of its step, which tell what is equal.
        place: where to look, if more is known than the difference shows.
    """
    before = differences[: differences.index(difference)]
    where = f"step {difference.step}, " + (f"layer {difference.layer}: " if difference.layer else "")
    name = difference.quantity + (" after the update" if difference.kind == "update" else "")
    gap = f"differs by {difference.counts:.0e} (tolerance {difference.tolerance:.0e})"
    return f"{where}{what_is_equal(difference, before)}{name} {gap}: look at {place or place_to_look(difference)}"


def what_is_equal(difference, before):
    """Name what comes before a difference, was compared, and is equal: it need not be looked at."""
    is_of_gradient = difference.kind == "gradient" or difference.suspects_optimizer is not None
    equal = {"loss": "outputs", "update": "gradients"}.get(difference.kind)
    equal = "output" if is_of_gradient else equal
    kind = equal and equal.rstrip("s")
    compared = [other for other in before if other.kind == kind]
    if kind == "output" and is_of_gradient:
        compared = [other for other in compared if other.layer == difference.layer]
    return f"{equal} equal, " if compared and not any(other.is_too_large for other in compared) else ""


def place_to_look(difference):
    """Name the part of the code that a difference comes from."""
    others = ", ".join(difference.unknown)
    if difference.kind == "output":
        return "its forward pass" + (f", or at that of {others}, which is not reported" if others else "")
    if difference.kind == "loss":
        return "the loss"
    if UNTRAINED in difference.unknown:
        return f"its forward pass, where it keeps {difference.quantity}"
    if difference.kind == "update" and difference.suspects_optimizer is None:
        return "the optimizer"
    places = ["its backward pass"]
    if others:
        comes_from = "of the loss" if difference.unknown == ("the loss",) else f"that comes from {others}"
        places.append(f"or at the gradient {comes_from}")
    if difference.suspects_optimizer:
        places.append("or at the optimizer")
    return ", ".join(places)
