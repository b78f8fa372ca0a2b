"""Two models through many steps, in one precision after the other, side by side."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from harness.parity.causes import Cause
from harness.parity.compare import TOLERANCES, Difference, distance, first_divergence

# A later difference that is this many times as large as the first is no effect of it.
FACTOR = 1000
# Beyond it a difference is as large as any.
MOST = 10.0


@dataclass(frozen=True)
class Side:
    """What is compared in one precision.

    Attributes:
        steps: a function of pairs (x, y) that yields the `Trace` of our model's step for each; `None` in a precision
            that the model cannot compute in.
        follow: a function (step, ours, x, y) that returns Keras's `Trace` of the same step, all `Difference`s, what
            else is known of the step in words or `None`, and the `Cause` of the first difference or `None`.
        train: a function (x, y) that takes a step with a Keras model of this precision, trained beside ours; it returns
            the parameters by layer.
    """

    steps: Callable | None
    follow: Callable | None
    train: Callable


@dataclass(frozen=True)
class StepRow:
    """The differences of one step in one precision.

    Attributes:
        step: counted from 1.
        loss, grad_norm: relative, from equal parameters; NaN where a model reports none.
        params: the largest absolute one of any parameter, from the model that Keras trains beside ours.
        rounding: the largest absolute difference of any parameter of either model from itself in float64.
        tolerance: of the parameters of a single step.
    """

    step: int
    loss: float
    grad_norm: float
    params: float
    rounding: float
    tolerance: float


@dataclass(frozen=True)
class Divergence:
    """Where two models differ.

    Attributes:
        difference: the first of its cause.
        around: all differences of its step.
        cause: what is known of it, a `Cause`, or `None`.
    """

    difference: Difference
    around: list[Difference]
    cause: Cause | None = None

    @property
    def size(self):
        """How large the difference is, at most `MOST`."""
        return min(self.difference.counts, MOST)


@dataclass
class Walk:
    """What came out in one precision.

    Attributes:
        first: every `Difference` of the first step.
        rows: a `StepRow` for each step.
        divergences: the first `Divergence`, and after it the first that is too large to be an effect of it.
        notes: what differs from Keras and is no mistake, in words.
    """

    first: list[Difference] = field(default_factory=list)
    rows: list[StepRow] = field(default_factory=list)
    divergences: list[Divergence] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def walk(sides, batches, watch=iter):
    """Take models through the same steps, and return a `Walk` for each precision.

    All precisions take a step together, so that what rounding alone does is known at every step: a model in float32
    against the same model in float64.

    Args:
        sides: a `Side` by precision.
        batches: pairs (x, y); x is float32.
        watch: is given the list of batches and returns an iterator over it, for a progress bar.
    """
    walks = {precision: Walk() for precision, side in sides.items() if side.steps}
    streams = {precision: sides[precision].steps(batches_in(precision, batches)) for precision in walks}
    for step, (x, y) in enumerate(watch(batches), start=1):
        ours = {precision: next(stream) for precision, stream in streams.items()}
        trained = {precision: side.train(x.astype(precision), y) for precision, side in sides.items()}
        for precision, walk in walks.items():
            exact = [(trained[precision], trained["float64"])]
            if "float64" in ours:
                exact.append((ours[precision].params, ours["float64"].params))
            rounding = max(params_distance(one, other) for one, other in exact)
            theirs, differences, note, cause = sides[precision].follow(step, ours[precision], x, y)
            drift = params_distance(ours[precision].params, trained[precision])
            walk.rows.append(row_of(step, precision, ours[precision], theirs, drift, rounding))
            add_differences(walk, differences, cause)
            if note and note not in walk.notes:
                walk.notes.append(note)
    return walks


def batches_in(precision, batches):
    """Yield batches with their pixels in a precision."""
    for x, y in batches:
        yield x.astype(precision), y


def row_of(step, precision, ours, theirs, drift, rounding):
    """Return the `StepRow` of one step."""
    return StepRow(
        step=step,
        loss=distance(ours.loss, theirs.loss)[1] if ours.loss is not None else np.nan,
        grad_norm=distance(grad_norm(ours), grad_norm(theirs))[1] if ours.grads else np.nan,
        params=drift,
        rounding=rounding,
        tolerance=TOLERANCES[precision].absolute,
    )


def add_differences(walk, differences, cause):
    """Add the differences of one step to a `Walk`."""
    if not walk.rows[1:]:
        walk.first = differences
    found = first_divergence(differences)
    while found and len(walk.divergences) < 2:
        divergence = Divergence(found, differences, cause)
        if not walk.divergences or is_no_effect(divergence, walk.divergences[0]):
            walk.divergences.append(divergence)
        later = differences[differences.index(found) + 1 :]
        found, cause = first_divergence(later), None


def is_no_effect(later, first):
    """Return whether a later divergence must have a cause of its own. Updates differ in size, whatever the mistake."""
    kinds = {later.difference.kind, first.difference.kind}
    return kinds != {"update"} and later.size > FACTOR * first.size


def params_distance(one, other):
    """Return the largest absolute difference of any parameter, of two dictionaries by layer and name."""
    return max(
        distance(one[layer][name], param)[0] for layer, params in other.items() for name, param in params.items()
    )


def grad_norm(trace):
    """Return the Euclidean norm of all gradients of a trace."""
    return np.sqrt(sum(float(np.square(grad).sum()) for grads in trace.grads.values() for grad in grads.values()))
