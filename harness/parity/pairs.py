"""The two models of a comparison, and the samples they see."""

from functools import partial

import numpy as np

from harness import datasets
from harness.errors import ModelError
from harness.networks import NETWORKS
from harness.optimizers import OPTIMIZERS
from harness.parity.bugs import BUGS, NO_BUG
from harness.parity.numpy_walker import NumpyWalker
from harness.parity.trace import trace
from harness.parity.user_walker import UserWalker
from harness.samples import Samples

PRECISIONS = ("float64", "float32")


def make_pairs(config, samples, user_model=None):
    """Return (ours, theirs) by precision: the NumPy model and its Keras twin, as functions that take a step.

    All start from one set of weights, drawn in float32 from the seed.

    Args:
        config: a `ParityConfig`.
        samples: `Samples`, which the networks are made for.
        user_model: a `LoadedModel` in place of the NumPy model. If it keeps its numbers in float32 only, ours in
            float64 is `None`, and the Keras twins start every step from its parameters: in float32 alone nothing could
            tell how far rounding drives two models apart.

    Raises:
        ModelError: if Keras is missing, or a network does not fit the images.
        UsageError: if the user's model does not fit the network.
    """
    network, optimizer = functions_of_library(config, samples)
    try:
        if user_model:
            ours, weights = make_user_walkers(config, user_model, network, optimizer)
            network = ours["float32"].network
        else:
            ours, weights = make_numpy_walkers(config, network, optimizer)
        keras_walker = import_keras().KerasWalker
        theirs = {precision: keras_walker(network, optimizer, precision) for precision in reversed(PRECISIONS)}
    except ValueError as error:
        raise ModelError(
            f"network {config.network} cannot be built for images of shape {samples.input_shape}: {error}"
        ) from error
    names = ours["float32"].names
    pairs = {precision: pair_of(ours[precision], theirs[precision], weights, names) for precision in PRECISIONS}
    if ours["float64"]:
        return pairs
    # In this order, as both twins start from where ours started from.
    return {
        precision: (pairs[precision][0], partial(take_step_from, ours["float32"], theirs[precision], names))
        for precision in ("float32", "float64")
    }


def functions_of_library(config, samples):
    """Return network and optimizer as functions of the library alone, for the images and classes of the samples."""
    network = partial(NETWORKS[config.network], input_shape=samples.input_shape, n_classes=samples.n_classes)
    return network, partial(OPTIMIZERS[config.optimizer], learning_rate=config.learning_rate)


def make_numpy_walkers(config, network, optimizer):
    """Return a walker of the NumPy model by precision, and the weights to start from."""
    bug = BUGS[config.inject] if config.inject else NO_BUG
    walkers = {precision: NumpyWalker(network, optimizer, precision, bug.library) for precision in reversed(PRECISIONS)}
    return walkers, bug.scaled(walkers["float32"].initialize(config.seed))


def make_user_walkers(config, user_model, network, optimizer):
    """Return a walker of a user's model by precision, `None` for one that it does not keep, and the weights."""
    walker = UserWalker(user_model, network, optimizer, "float32")
    walker.check_batch_size(config.batch_size)
    weights = walker.initialize(config.seed)
    finer = UserWalker(user_model, network, optimizer, "float64") if walker.keeps_float64(weights) else None
    return {"float32": walker, "float64": finer}, weights


def import_keras():
    """Return `keras_model`, or raise `ModelError` if Keras is missing."""
    try:
        import keras_model
    except ImportError as error:
        raise ModelError(
            f"Keras is missing: {error}; parity is proved against it, so install it with "
            f"pip install -r requirements.txt"
        ) from error
    return keras_model


def pair_of(ours, theirs, weights, names):
    """Set two walkers to the same weights, and return functions (x, y) that take a step and return a `Trace`.

    For a walker that is `None` there is no function.
    """
    for walker in (ours, theirs):
        if walker:
            walker.start(weights)
    return tuple(partial(take_step, walker, names) if walker else None for walker in (ours, theirs))


def take_step(walker, names, x, y):
    """Take one step, and return its `Trace`."""
    return trace(names, **walker.step(x, y))


def take_step_from(other, walker, names, x, y):
    """Take one step from the parameters that a `UserWalker` started its last step from."""
    walker.start(other.before)
    return take_step(walker, names, x, y)


def make_samples(config, data_dir=None, report=None):
    """Return the `Samples` of a comparison."""
    return Samples(datasets.load(config.dataset, data_dir, report=report))


def make_batches(config, samples):
    """Return the batches (x, y) of all steps: as in training, epoch after epoch, with the short last batch."""
    batches, epoch = [], 0
    while len(batches) < config.steps:
        epoch += 1
        missing = (config.steps - len(batches)) * config.batch_size
        x, y = samples.epoch(config.seed, epoch, min(missing, samples.n_train))
        cuts = np.arange(config.batch_size, len(x), config.batch_size)
        batches += zip(np.split(x, cuts), np.split(y, cuts), strict=True)
    return batches[: config.steps]
