"""Two models through many steps, in one precision after the other, side by side."""

from dataclasses import dataclass, field

import numpy as np

from harness.parity.compare import TOLERANCES, Difference, Tolerance, compare, distance, first_divergence

# In float32 rounding sends models apart: one ReLU that decides the other way is enough, and the sooner with momentum or
# Adam. After the first step they may be this many times as far apart as either is from itself in float64. Where both
# compute in float64, and agree there, they never are: then float32 is judged by its first step.
ROUNDING_FACTOR = 10

# For steps after the first that start from equal parameters, in float32. Outputs have no jumps: in 6,000 steps they
# were off by 2e-6 at most. A gradient jumps where a ReLU or a maximum decides the other way, in one step of 3,000 at
# batch size 1 and of 100 at batch size 8, and was off by 0.023 then. Parameters follow from it.
IN_STEP = Tolerance(relative=1e-4, absolute=np.inf, gradient=0.2)


@dataclass(frozen=True)
class StepRow:
    """The differences of one step in one precision.

    Attributes:
        step: counted from 1.
        loss, grad_norm: relative; NaN where a model does not tell.
        params: the largest absolute one of any parameter.
        rounding: the largest absolute difference of any parameter of either model from itself in float64.
        tolerance: of `params`.
    """

    step: int
    loss: float
    grad_norm: float
    params: float
    rounding: float
    tolerance: float


@dataclass
class Walk:
    """What came out in one precision.

    Attributes:
        first: every `Difference` of the first step.
        rows: a `StepRow` for each step.
        divergence: the first `Difference` that is too large, or `None`.
        around: all differences of its step.
    """

    first: list[Difference] = field(default_factory=list)
    rows: list[StepRow] = field(default_factory=list)
    divergence: Difference | None = None
    around: list[Difference] = field(default_factory=list)


def walk(pairs, batches, watch=iter, in_step=False):
    """Take pairs of models through the same steps, and return a `Walk` for each precision.

    All precisions take a step together, so that what rounding alone does is known at every step: a model in float32
    against the same model in float64.

    Args:
        pairs: (ours, theirs) by precision, functions (x, y) that take a step and return a `Trace`. The second is the
            reference. The first is `None` in a precision that the model cannot compute in.
        batches: pairs (x, y); x is float32.
        watch: is given the list of batches and returns an iterator over it, for a progress bar.
        in_step: whether the reference starts every step from the parameters of ours, so that in float32 rounding cannot
            add up. Default `False`.
    """
    walks = {precision: Walk() for precision, (ours, _) in pairs.items() if ours}
    for step, (x, y) in enumerate(watch(batches), start=1):
        traces = {
            precision: tuple(model and model(x.astype(precision), y) for model in pair)
            for precision, pair in pairs.items()
        }
        for precision, walk in walks.items():
            rounding = max(
                params_distance(trace, exact)
                for trace, exact in zip(traces[precision], traces["float64"], strict=True)
                if exact
            )
            add_step(walk, precision, step, *traces[precision], rounding, in_step)
    return walks


def add_step(walk, precision, step, ours, theirs, rounding, in_step=False):
    """Add what one step brought to a `Walk`."""
    tolerance = TOLERANCES[precision]
    jumps = in_step and precision == "float32" and step > 1
    differences = compare(step, ours, theirs, IN_STEP if jumps else tolerance)
    if step == 1:
        walk.first = differences
    allowed = tolerance.absolute if precision == "float64" else max(tolerance.absolute, ROUNDING_FACTOR * rounding)
    row = StepRow(
        step=step,
        loss=distance(ours.loss, theirs.loss)[1] if ours.loss is not None else np.nan,
        grad_norm=distance(grad_norm(ours), grad_norm(theirs))[1] if ours.grads else np.nan,
        params=params_distance(ours, theirs),
        rounding=rounding,
        tolerance=allowed,
    )
    walk.rows.append(row)
    if walk.divergence:
        return
    if precision == "float64" or step == 1 or in_step:
        walk.divergence = first_divergence(differences)
    elif not row.params <= allowed:
        # Single gradients may differ where rounding has grown; so only the parameters are held to account.
        updates = [difference for difference in differences if difference.kind == "update"]
        walk.divergence = max(updates, key=lambda difference: difference.absolute)
    walk.around = differences if walk.divergence else []


def params_distance(one, other):
    """Return the largest absolute difference of any parameter of two traces."""
    return max(
        distance(one.params[layer][name], param)[0]
        for layer, params in other.params.items()
        for name, param in params.items()
    )


def grad_norm(trace):
    """Return the Euclidean norm of all gradients of a trace."""
    return np.sqrt(sum(float(np.square(grad).sum()) for grads in trace.grads.values() for grad in grads.values()))
