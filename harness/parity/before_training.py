"""The proof that a run makes of its models before it trains them: a few steps, in seconds.

Both models train in float64, each with the steps of its own `fit`, and all parameters are compared after every step. As
long as they stay together nothing else need be looked at. If they part, the steps are compared layer by layer, as
`python -m harness.parity` does, which knows what rounding may do and names the first difference.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from harness.base.text import one_line
from harness.experiments.model_names import BACKENDS
from harness.parity import pairs, report
from harness.parity.config import ParityConfig
from harness.parity.walk import batches_in, walk
from harness.results.proof import LONGEST_WORDS, ModelProof
from harness.training.backend_trainer import BackendTrainer
from harness.training.numpy_trainer import NumpyTrainer
from harness.user_models.loading import load_user_model

if TYPE_CHECKING:
    from harness.experiments.run_config import RunConfig
    from harness.training.contenders import Contender
    from harness.training.samples import Samples

STEPS = 20
# So many seconds after its first step, for which Keras is traced, a proof begins no other. 20 steps of `simple_cnn` at
# batch size 1 take 0.2 s after 0.6 s for the first.
SECONDS = 2.0
# Models whose parameters are as close as this to each other, relative to how far they have moved, are looked into no
# further. Measured for 20 steps of all networks: 4e-13 with SGD, 3e-12 with Adam. The mistakes of `bugs`: 0.4 and more.
CLOSE = 1e-8
# What is known of two backends of Keras, whose steps cannot be looked into.
PART = "their parameters part within the first steps"


def prove_all(
    config: RunConfig, samples: Samples, contenders: list[Contender], seconds: float = SECONDS
) -> list[ModelProof]:
    """Return a `ModelProof` against Keras for every other model of a run; none for a model alone.

    What is trained after it is not changed by it: the models are others, and random numbers go on from where they were.

    Args:
        config: the `RunConfig`, all filled.
        samples: that the run is trained on.
        contenders: the models of the run.
        seconds: for the steps of each model.
    """
    named = dict(zip(config.model_names, config.models, strict=True))
    keras = next((contender for contender in contenders if contender.name == "keras"), None)
    others = [contender for contender in contenders if contender is not keras]
    if keras is None:
        first, *rest = contenders
        words = "Keras, which models are held against, is not among the models"
        return [ModelProof(other.name, first.name, None, words=words) for other in rest]
    with same_random_numbers():
        return [prove_one(config, samples, named[other.name], other, keras, seconds) for other in others]


def prove_one(
    config: RunConfig, samples: Samples, model: str, contender: Contender, keras: Contender, seconds: float
) -> ModelProof:
    """Return the `ModelProof` of one model against Keras. Whatever goes wrong stands in it, and stops no run."""
    not_proved = partial(ModelProof, contender.name, keras.name, None)
    if model == "naive":
        return not_proved(words="its plain loops are too slow")
    if contender.recipe != keras.recipe:
        return not_proved(words="the experiment sets the two up differently")
    recipe = contender.recipe
    network = partial(recipe.network, input_shape=samples.input_shape, n_classes=samples.n_classes)
    functions = network, partial(recipe.optimizer, learning_rate=config.learning_rate), recipe.loss
    parity = ParityConfig(
        model="numpy" if model in BACKENDS else model,
        steps=STEPS,
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        seed=config.seeds[0],
    )
    try:
        batches = pairs.make_batches(parity, samples)
        if model in BACKENDS:
            steps, largest = trained_elsewhere(config, samples, model, functions, batches, seconds)
            done = partial(ModelProof, contender.name, keras.name)
            return done(True, steps, difference=largest) if steps else done(False, words=PART)
        user_model = None if model == "numpy" else load_user_model(model)
        steps, largest = stay_together(parity, batches, user_model, functions, seconds)
        if steps:
            return ModelProof(contender.name, keras.name, True, steps, "float64", largest)
        sides, _ = pairs.make_sides(parity, samples, user_model, functions)
        walks = walk(sides, batches, lambda batches: in_time(batches, seconds))
    except Exception as error:
        return not_proved(words=one_line(str(error) or type(error).__name__, LONGEST_WORDS))
    is_same, words = report.verdict(walks)
    precision = next((name for name, walked in walks.items() if walked.divergences), next(iter(walks)))
    rows = walks[precision].rows
    done = partial(ModelProof, contender.name, keras.name, is_same, len(rows), precision)
    if is_same:
        return done(max(row.params for row in rows))
    return done(words=one_line(words.removeprefix(f"different, in {precision}: "), LONGEST_WORDS))


def stay_together(
    parity: ParityConfig, batches: list, user_model: object, functions: tuple, seconds: float
) -> tuple[int, float]:
    """Train a model beside Keras in float64, and return the steps and the largest difference of any parameter.

    Steps are 0 if they part, or if the model does not keep float64: then another look is needed.
    """
    network, optimizer, loss = functions
    if user_model:
        loss = user_model.interface.loss
        optimizer = pairs.optimizer_of_user(parity, user_model, optimizer)
        walkers, weights = pairs.make_user_walkers(parity, user_model, network, optimizer)
        network = walkers["float32"].network
    else:
        walkers, weights = pairs.make_numpy_walkers(parity, network, optimizer, loss)
    ours = walkers["float64"]
    if ours is None:
        return 0, 0.0
    theirs = pairs.import_keras().KerasWalker(network, optimizer, "float64", loss, is_exact=user_model is not None)
    ours.start(weights)
    theirs.start(weights)
    batches = list(batches_in("float64", batches))
    steps = ([param for layer in step["params"] for param in layer.values()] for step in ours.steps(batches))
    return compare_steps(steps, theirs, weights, batches, seconds)


def trained_elsewhere(
    config: RunConfig, samples: Samples, model: str, functions: tuple, batches: list, seconds: float
) -> tuple[int, float]:
    """Train Keras on another backend beside that on TensorFlow, as `stay_together`."""
    network, optimizer, loss = functions
    ours = BackendTrainer(model, config, samples.input_shape, samples.n_classes, "float64")
    theirs = pairs.import_keras().KerasWalker(network, optimizer, "float64", loss)
    weights = NumpyTrainer(network, optimizer, loss=loss).initial_weights(config.seeds[0])
    ours.start(weights)
    theirs.start(weights)
    batches = list(batches_in("float64", batches))
    steps = (ours.get_weights() for x, y in batches if ours.train_epoch(x, y, len(x)))
    return compare_steps(steps, theirs, weights, batches, seconds)


def compare_steps(
    steps: Iterator[list], theirs: object, weights: list, batches: list, seconds: float
) -> tuple[int, float]:
    """Take the steps of both models, and return how many they were and the largest difference; (0, 0) if they part.

    Args:
        steps: of one model: yields its parameters after each.
        theirs: the `KerasWalker`.
        weights: from before the first step.
        batches: of all steps.
        seconds: as of `in_time`.
    """
    n_steps, largest = 0, 0.0
    for x, y in in_time(batches, seconds):
        params = next(steps)
        others = [param for layer in theirs.train(x, y) for param in layer.values()]
        for before, param, other in zip(weights, params, others, strict=True):
            gap = float(np.abs(param - other).max(initial=0))
            if not gap <= CLOSE * float(np.abs(other - before).max(initial=0)):
                return 0, 0.0
            largest = max(largest, gap)
        n_steps += 1
    return n_steps, largest


def in_time(batches: list, seconds: float) -> Iterator:
    """Yield batches until so many seconds after the first step are over, one at least."""
    end = None
    for batch in batches:
        yield batch
        end = end or time.perf_counter() + seconds
        if time.perf_counter() >= end:
            return


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """Have Python and NumPy draw what they would have drawn, whatever the body draws; Keras takes its seeds there."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002 - a user's model may draw from it
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
