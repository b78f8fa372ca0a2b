"""Order, clock, records: trains every model on the same samples, and writes down what happened."""

import contextlib
import math
import os
import time
from dataclasses import asdict
from functools import partial

import pandas

import numpy_model
from harness import datasets, metrics
from harness.environment import describe_environment
from harness.errors import ModelError
from harness.experiments import EXPERIMENTS
from harness.results import EpochRecord
from harness.samples import Samples, examples_of_each_class
from harness.trainers import NumpyTrainer, make_trainer
from harness.user_models.names import name_of


def run_experiment(config, dataset=None, folder=None, watch=None, on_epoch=None):
    """Train all models of a run, one after the other, and return its epochs. Nothing is printed or drawn.

    With each seed every model starts from the same weights and sees the same samples in the same order.

    Args:
        config: a `RunConfig`.
        dataset: a `Dataset`; default the one that the configuration names.
        folder: a `RunFolder` to write to; default none.
        watch: a function (trainer, label, n_steps) that returns a context manager, entered while an epoch trains, for a
            progress bar; default none.
        on_epoch: a function that is given each `EpochRecord` once it is written; default none.

    Returns:
        A pandas DataFrame with the columns of `epochs.csv`.

    Raises:
        UsageError: if a user's model cannot be trained.
        DataError: if the data cannot be used.
        ModelError: if a model cannot be built, or models differ before training; or, after all others have been
            trained, if one failed. What was finished is in the folder, and in the error's attribute `epochs`.
        OSError: if the folder cannot be written to any more.

    The libraries' default floating-point type becomes float32, and NumPy's threads those of the configuration.
    """
    config = config.filled()
    dataset = dataset or datasets.load(config.dataset)
    samples = Samples(dataset, config.limit)
    numpy_model.config.set_threads(config.threads)
    trainers, reference = build_trainers(config, samples)
    if folder:
        write_start(folder, config, dataset, samples)

    records, failures = [], []
    for seed in config.seeds:
        # Drawn once, by NumPy, from the initializers that the network names, and set into every model.
        reference.model.initialize(seed)
        weights = reference.get_weights()
        for model, trainer in trainers.items():
            name = f"{model}-seed{seed}"
            trainer.start(weights)
            try:
                epochs_of_model = train_epochs(trainer, model, seed, samples, config, watch or no_watch)
                for scores, predictions in epochs_of_model:
                    record = EpochRecord(dataset=dataset.name, experiment=config.experiment, **scores)
                    records.append(asdict(record))
                    if folder:
                        folder.append_epoch(record)
                        folder.write_arrays("predictions", name, {"labels": samples.y_test, "predictions": predictions})
                    if on_epoch:
                        on_epoch(record)
            except OSError:
                raise  # the disk is full for all models
            except Exception as error:  # whatever else stops one model must not take the others' results with it
                failures.append(f"{model} with seed {seed}: {str(error) or type(error).__name__}")
                cause = error
            else:
                if folder:
                    weights_by_name = dict(zip(reference.model.params, trainer.get_weights(), strict=True))
                    folder.write_arrays("weights", name, weights_by_name)
    epochs = pandas.DataFrame(records)
    if failures:
        raise ModelError("; ".join(failures), epochs) from cause
    return epochs


def build_trainers(config, samples):
    """Return the trainers by model name, and a NumPy one beside them to draw the initial weights.

    Raises:
        ModelError: if a library is missing, the network does not fit the images, or the parameters of two models differ
            in name, shape or number.
        UsageError: if a user's model cannot be trained.
    """
    experiment = EXPERIMENTS[config.experiment]
    network = partial(experiment.network, input_shape=samples.input_shape, n_classes=samples.n_classes)
    optimizer = partial(experiment.optimizer, learning_rate=config.learning_rate)
    try:
        reference = NumpyTrainer(network, optimizer)
        trainers = {
            name_of(model): make_trainer(model, network, optimizer, config.threads, config.batch_size)
            for model in config.models
        }
    except ImportError as error:
        raise ModelError(
            f"a library is missing: {error}; install it with pip install -r requirements.txt, or use --models numpy"
        ) from error
    except (ValueError, RuntimeError) as error:
        raise ModelError(
            f"the network of experiment {config.experiment} cannot be built for images of shape {samples.input_shape}: "
            f"{error}"
        ) from error
    for model, trainer in trainers.items():
        if trainer.parameters() != reference.parameters():
            raise ModelError(
                f"the models differ before training: {model} has the parameters {trainer.parameters()}, "
                f"and the NumPy model has {reference.parameters()}"
            )
    return trainers, reference


def train_epochs(trainer, model, seed, samples, config, watch):
    """Train one model, and after each epoch yield what was measured, by column name, and the predicted classes.

    The clock runs around training alone. Compiling and tracing happen in the warm-up before it, which is undone.
    """
    n_steps = -(-samples.n_train // config.batch_size)
    # One whole batch and the short last one: each has a trace of its own in Keras, and work arrays of its own in NumPy.
    n_warm_up = min(samples.n_train, config.batch_size + samples.n_train % config.batch_size)
    warm_up = partial(trainer.warm_up, *samples.epoch(seed, 1, n_warm_up), config.batch_size)
    warm_up_seconds, _ = timed(warm_up)
    for epoch in range(1, config.epochs + 1):
        x, y = samples.epoch(seed, epoch)
        with watch(trainer, f"{model}, seed {seed}, epoch {epoch}/{config.epochs}", n_steps):
            wall_seconds, (train_loss, train_accuracy) = timed(
                partial(trainer.train_epoch, x, y, config.batch_size, epoch)
            )
        del x, y  # or the next epoch would need twice the memory
        eval_seconds, probabilities = timed(partial(trainer.predict, samples.test_pixels()))
        if not math.isfinite(probabilities.sum()):
            raise FloatingPointError(f"predictions are not finite after epoch {epoch}; try a smaller learning rate")
        predictions = probabilities.argmax(axis=1)
        yield (
            {
                "model": model,
                "seed": seed,
                "epoch": epoch,
                "train_loss": train_loss,
                "train_accuracy": train_accuracy,
                "test_loss": metrics.cross_entropy(probabilities, samples.y_test),
                "test_accuracy": metrics.accuracy(predictions, samples.y_test),
                "test_macro_f1": metrics.macro_f1(predictions, samples.y_test, samples.n_classes),
                "wall_seconds": wall_seconds,
                "eval_seconds": eval_seconds,
                "warm_up_seconds": warm_up_seconds,
            },
            predictions,
        )


def timed(function):
    """Return the seconds that a call takes, and what it returns."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def no_watch(trainer, label, n_steps):
    """Watch nothing."""
    return contextlib.nullcontext()


def write_start(folder, config, dataset, samples):
    """Write what is known before training: configuration, environment, and some images for a picture."""
    environment = describe_environment()
    if "keras" in config.models:
        import keras_model

        environment["keras"] = keras_model.describe_environment()
    folder.write_json(
        "config",
        asdict(config)
        | {
            "dataset": dataset.name,
            "models": [name_of(model) for model in config.models],
            "source": dataset.source.replace(os.path.expanduser("~") + os.sep, "~" + os.sep),
            "sha256": dataset.sha256,
            "n_train": samples.n_train,
            "n_test": samples.n_test,
            "input_shape": samples.input_shape,
            "class_names": list(dataset.class_names),
        },
    )
    folder.write_json("environment", environment)
    images, labels = examples_of_each_class(dataset.x_train, dataset.y_train, samples.n_classes)
    folder.write_arrays(".", "samples", {"images": images, "labels": labels})
    folder.start_epochs()
