"""The two models of a comparison, and the samples they see."""

from dataclasses import replace
from functools import partial

import numpy as np

from harness import datasets
from harness.base.errors import ModelError, UsageError
from harness.base.user_code import call
from harness.experiments.losses import is_crossentropy, loss_of
from harness.experiments.optimizers import optimizer_of
from harness.experiments.own_networks import network_of
from harness.parity import other_layouts
from harness.parity.bugs import BUGS, NO_BUG
from harness.parity.compare import TOLERANCES, first_divergence
from harness.parity.numpy_walker import NumpyWalker
from harness.parity.reference import Reference
from harness.parity.trace import trace
from harness.parity.user_walker import UserWalker, what_is_inferred
from harness.parity.walk import Side, batches_in
from harness.training.samples import Samples
from harness.user_models.twin import find_twin

PRECISIONS = ("float64", "float32")


def make_sides(config, samples, user_model=None, functions=None):
    """Return a `Side` by precision: our model, Keras beside it, and Keras trained alone.

    All start from one set of weights, drawn in float32 from the seed.

    Args:
        config: a `ParityConfig`.
        samples: `Samples`, which the networks are made for.
        user_model: a `LoadedModel` in place of the NumPy model. If it computes in float32 only, it has no steps in
            float64.
        functions: network, optimizer and loss as functions of the library alone; default those that the configuration
            names.

    Returns:
        The sides, and sentences that say what of a user's model is inferred or not compared.

    Raises:
        ModelError: if Keras is missing, or a network does not fit the images.
        UsageError: if the user's model does not fit the network.
    """
    network, optimizer, loss = functions or functions_of_library(config, samples)
    notes, is_exact = [], user_model is not None
    try:
        if user_model:
            optimizer, loss = optimizer_of_user(config, user_model, optimizer), user_model.interface.loss
            ours, weights = make_user_walkers(config, user_model, network, optimizer)
            network = ours["float32"].network
        else:
            ours, weights = make_numpy_walkers(config, network, optimizer, loss)
        keras_walker = import_keras().KerasWalker
        trained = {
            precision: keras_walker(network, optimizer, precision, loss, is_exact=is_exact and precision == "float64")
            for precision in PRECISIONS
        }
        beside = keras_walker(network, optimizer, "float64", loss, is_exact=is_exact)
    except ValueError as error:
        raise ModelError(
            f"network {config.network} cannot be built for images of shape {samples.input_shape}: {error}"
        ) from error
    names, options = ours["float32"].names, known_of(ours["float32"], user_model, loss)
    references = {precision: Reference(beside, names, precision, **options) for precision in PRECISIONS}
    if user_model and ours["float64"]:
        probe = UserWalker(user_model, network, optimizer, "float64")
        batches = make_batches(replace(config, steps=1), samples)
        note = computes_in_float32(probe, references["float64"], references["float32"], weights, batches)
        if note:
            ours["float64"] = None
            notes = [note]
    if user_model:
        is_float64_known = bool(ours["float64"] or notes)
        momentum = options["steps"].momentum
        notes = [*what_is_inferred(user_model.interface, config.batch_size, is_float64_known, momentum), *notes]
    for walker in [*trained.values(), *references.values(), *filter(None, ours.values())]:
        walker.start(weights)
    return {
        precision: Side(
            steps=walker and partial(traces_of, walker),
            follow=references[precision].follow if walker else None,
            train=partial(params_after, trained[precision], names),
        )
        for precision, walker in ((precision, ours[precision]) for precision in PRECISIONS)
    }, notes


def what_fits(config, samples, user_model):
    """Return in words what makes the first outputs of a user's model those of Keras, or `None` if nothing is found."""
    network, optimizer, _ = functions_of_library(config, samples)
    optimizer = optimizer_of_user(config, user_model, optimizer)
    try:
        twin = find_twin(user_model, network, optimizer, "float32")
    except (UsageError, ValueError):
        return None
    walker = import_keras().KerasWalker(twin.network, optimizer, "float64", user_model.interface.loss)
    weights = twin.draw(config.seed)
    walker.start(weights)
    (batch,) = make_batches(replace(config, steps=1), samples)
    return other_layouts.what_fits(user_model, (network, optimizer), walker.outputs, weights, batch)


def traces_of(walker, batches):
    """Take a step for each batch, and yield its `Trace`."""
    for step in walker.steps(batches):
        yield trace(walker.names, **step)


def params_after(walker, names, x, y):
    """Take a step with a Keras model, and return its parameters by layer."""
    return dict(zip(names, walker.train(x, y), strict=True))


def computes_in_float32(walker, reference, rough, weights, batches):
    """Return a sentence if a model that keeps float64 computes in float32, from what it returns of a step; or `None`.

    Then every array that is not zero is as far from Keras's as float32 is precise, and no single cause does that.

    Args:
        walker: a `UserWalker` in float64, which is of no use after this.
        reference, rough: a `Reference` in float64, and one in float32.
        weights: to start from.
        batches: one batch.
    """
    walker.start(weights)
    reference.start(weights)
    (ours,) = traces_of(walker, batches_in("float64", batches))
    _, differences, note, cause = reference.follow(1, ours, *batches[0])
    if note or cause:
        return None
    is_reported = {"output": ours.without_inferred_outputs().outputs, "gradient": any(ours.grads.values())}
    kind = next((kind for kind, reported in is_reported.items() if reported), "update")
    gaps = [other.relative for other in differences if other.kind == kind and other.absolute]
    # Halves of the last digit are 6e-8 of a number; sums of thousands are less precise, and single ones may be exact.
    is_rough = bool(gaps) and 1e-10 < max(gaps) < TOLERANCES["float32"].relative
    if kind == "update":
        rough.start(weights)
        is_rough = bool(first_divergence(differences) and not first_divergence(rough.follow(1, ours, *batches[0])[1]))
    if not is_rough or any(other.is_too_large and other.relative > 1e-4 for other in differences if kind != "update"):
        return None
    return (
        f"The model keeps its weights in float64, and computes in float32: its {kind}s differ from Keras's by "
        f"{max(gaps):.0e}, which is the precision of float32. So it is compared in float32 alone."
    )


def functions_of_library(config, samples):
    """Return network, optimizer and loss as functions of the library alone, for the images and classes of samples."""
    network = partial(network_of(config.network), input_shape=samples.input_shape, n_classes=samples.n_classes)
    optimizer = partial(optimizer_of(config.optimizer), learning_rate=config.learning_rate)
    return network, optimizer, loss_of(config.loss)


def optimizer_of_user(config, user_model, default):
    """Return the optimizer of a user's model as a function of the library alone: its own, or the default."""
    interface = user_model.interface
    learning_rate = interface.learning_rate or config.learning_rate
    if interface.optimizer:
        return partial(
            call, user_model.where, "optimizer(nn)", partial(interface.optimizer, learning_rate=learning_rate)
        )
    return partial(default, learning_rate=learning_rate)


def make_numpy_walkers(config, network, optimizer, loss):
    """Return a walker of the NumPy model by precision, and the weights to start from."""
    bug = BUGS[config.inject] if config.inject else NO_BUG
    walkers = {
        precision: NumpyWalker(network, optimizer, precision, bug.library, loss) for precision in reversed(PRECISIONS)
    }
    if random := walkers["float32"].random_layers:
        raise UsageError(
            f"layer {random[0].name} draws its masks at random, and Keras draws others, so no step can be compared; "
            "prove the network without it"
        )
    model = walkers["float32"].model
    if config.inject and not bug.is_in(model, model.optimizer):
        raise UsageError(
            f"--inject {config.inject} has no effect: {config.network} with {config.optimizer} has nothing that could "
            "have this mistake; name another --network, such as simple_cnn, or another mistake"
        )
    return walkers, bug.scaled(walkers["float32"].initialize(config.seed))


def make_user_walkers(config, user_model, network, optimizer):
    """Return a walker of a user's model by precision, `None` for one that it does not keep, and the weights."""
    walker = UserWalker(user_model, network, optimizer, "float32")
    walker.check_batch_size(config.batch_size)
    weights = walker.initialize(config.seed)
    finer = UserWalker(user_model, network, optimizer, "float64") if walker.keeps_float64(weights) else None
    return {"float32": walker, "float64": finer}, weights


def known_of(walker, user_model, loss):
    """Return what a `Reference` is to know of the model beside it, as its arguments."""
    if user_model is None:
        return {"is_crossentropy": is_crossentropy(loss)}
    interface = user_model.interface
    return {
        "steps": walker.step_rule,
        "is_crossentropy": interface.is_crossentropy,
        "names_optimizer": interface.optimizer is not None,
    }


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
