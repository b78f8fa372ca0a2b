"""Every name of the vocabulary against Keras, in float64: outputs, gradients, and the weights after many steps."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from harness.base.markdown import markdown
from harness.experiments.losses import LOSS
from harness.parity.compare import distance
from harness.parity.numpy_walker import NumpyWalker
from harness.parity.pairs import import_keras
from harness.parity.vocabulary import training_cases
from harness.parity.vocabulary.layer_cases import BATCH_CASES, CASES, RANDOM_CASES, Case
from harness.parity.vocabulary.training_cases import TrainingCase, plain_descent

N_STEPS, BATCH_SIZE = 100, 4

# How far apart both libraries may be: what every row of the table is held to.
LIMIT = 1e-10


@dataclass(frozen=True)
class Row:
    """What came out for one name.

    Attributes:
        kind: such as `"layer"`.
        name: of the case.
        outputs, grads, weights: the largest differences: of outputs and of all gradients in the first step, relative to
            the largest number of the array and of all gradients, as some are zero but for rounding; and of all
            weights after each step.
    """

    kind: str
    name: str
    outputs: float
    grads: float
    weights: float

    @property
    def is_same(self) -> bool:
        """Whether all differences lie within `LIMIT`."""
        return max(self.outputs, self.grads, self.weights) < LIMIT


def all_cases() -> Iterator[tuple[str, Case | TrainingCase]]:
    """Yield every case, after what it is."""
    yield from (("layer", case) for case in [*CASES, *BATCH_CASES, *RANDOM_CASES])
    for kind in ("activation", "loss", "regularizer", "optimizer", "schedule"):
        yield from ((kind, case) for case in training_cases.BY_KIND[kind])


def prove_all(progress: Callable[[Iterable], Iterable] = iter, cases: Iterable | None = None) -> list[Row]:
    """Return a `Row` for each case.

    Args:
        progress: given the cases, yields them, and may show how many are done.
        cases: pairs of kind and case. Default `all_cases`.

    Raises:
        ModelError: if Keras is missing.
    """
    return [prove(kind, case) for kind, case in progress(list(all_cases() if cases is None else cases))]


def prove(kind: str, case: Case | TrainingCase) -> Row:
    """Return what comes out for one case: both libraries take the same steps from the same weights."""
    keras_walker = import_keras().KerasWalker
    loss, optimizer = getattr(case, "loss", LOSS), getattr(case, "optimizer", plain_descent)
    ours = NumpyWalker(case.network, optimizer, "float64", loss=loss)
    network, masks = case.network, None
    if ours.random_layers:
        network, masks = with_the_masks_of(ours, case)
    theirs = keras_walker(network, optimizer, "float64", loss)
    weights = ours.initialize(0)
    batches = draw_batches(case)
    for walker in (ours, theirs):
        walker.start(weights)
    first, after = None, []
    for step, (x, y) in enumerate(batches):
        if masks:
            masks(step)
        first = first or first_step(theirs, x, y)
        after.append(theirs.train(x, y))
    steps = list(ours.steps(batches))
    grads = [
        *zip(steps[0]["grad_inputs"], first["grad_inputs"], strict=True),
        *by_name(steps[0]["grads"], first["grads"]),
    ]
    moved = [pair for step, params in zip(steps, after, strict=True) for pair in by_name(step["params"], params)]
    return Row(
        kind,
        str(case),
        max(distance(own, other)[1] for own, other in zip(steps[0]["outputs"], first["outputs"], strict=True)),
        max(distance(own, other)[0] for own, other in grads) / max(np.abs(other).max(initial=0) for _, other in grads),
        max(distance(own, other)[0] for own, other in moved),
    )


def first_step(walker: object, x: np.ndarray, y: np.ndarray) -> dict:
    """Return what `look` of a `KerasWalker` shows of the step to come, which is not taken."""
    params = walker.params()
    seen = walker.look(x, y, walker.decisions(x, walker.outputs(x)))
    walker.set_params(params)
    return seen


def with_the_masks_of(walker: NumpyWalker, case: Case) -> tuple[Callable, Callable]:
    """Return a network of Keras with the masks of a NumPy model's Dropout, and a function that sets those of a step."""
    from keras_model.given_masks import GivenMasks

    (layer,) = walker.random_layers
    library = GivenMasks((BATCH_SIZE, *case.input_shape), "float64")

    def set_masks(step: int) -> None:
        library.set_mask(layer.next_mask(BATCH_SIZE, later=step))

    return lambda _: case.network(library), set_masks


def draw_batches(case: Case | TrainingCase) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return random samples (N, ...) and labels (N,) of every step."""
    rng = np.random.default_rng(1)
    n_classes = getattr(case, "n_outputs", 3)
    shape = (BATCH_SIZE, *case.input_shape)
    return [(rng.standard_normal(shape), rng.integers(0, n_classes, BATCH_SIZE)) for _ in range(N_STEPS)]


def by_name(ours: list[dict], theirs: list[dict]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the arrays of both that have the same layer and name."""
    for own, other in zip(ours, theirs, strict=True):
        yield from ((own[name], other[name]) for name in other)


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table, and a sentence on all of them."""
    cells = [
        (
            row.kind,
            row.name,
            *(f"{number:.0e}" for number in (row.outputs, row.grads, row.weights)),
            "same" if row.is_same else "different",
        )
        for row in rows
    ]
    header = ("kind", "name", "outputs", "gradients", f"weights, {N_STEPS} steps", "")
    different = [row.name for row in rows if not row.is_same]
    words = f"{len(rows)} of {len(rows)} within {LIMIT:.0e} in float64"
    if different:
        words = f"{len(different)} of {len(rows)} differ by more than {LIMIT:.0e} in float64: {', '.join(different)}"
    return "\n".join([*markdown([header, *cells], n_names=2), "", words])
