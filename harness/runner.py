"""Order, clock, records: trains every model on the same samples, and writes down what happened."""

import contextlib
import math
import os
import time
from dataclasses import asdict, dataclass
from functools import partial

import pandas

import numpy_model
from harness import datasets, metrics
from harness.environment import describe_environment
from harness.errors import ModelError
from harness.experiments import EXPERIMENTS, Recipe
from harness.results import FORMAT, EpochRecord
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
    samples = Samples(dataset, config.limit, EXPERIMENTS[config.experiment].raw_pixels)
    numpy_model.config.set_threads(config.threads)
    contenders = build_contenders(config, samples)
    if folder:
        write_start(folder, config, dataset, samples, contenders)

    records, failures = [], []
    for seed in config.seeds:
        for contender in contenders:
            name = f"{contender.name}-seed{seed}"
            try:
                contender.start(seed)
                for scores, predictions in train_epochs(contender, seed, samples, config, watch or no_watch):
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
                failures.append(f"{contender.name} with seed {seed}: {str(error) or type(error).__name__}")
                cause = error
            else:
                if folder:
                    folder.write_arrays("weights", name, contender.weights_by_name())
    epochs = pandas.DataFrame(records)
    if failures:
        raise ModelError("; ".join(failures), epochs) from cause
    return epochs


@dataclass(frozen=True)
class Contender:
    """A model of a run.

    Attributes:
        name: of the model.
        recipe: a `Recipe`, how it is made and fed.
        trainer: what trains it.
        reference: a `NumpyTrainer` of the same network, that has the same parameters. All models of one recipe share
            it: it draws their initial values.
    """

    name: str
    recipe: Recipe
    trainer: object
    reference: NumpyTrainer

    def start(self, seed):
        """Set all parameters to the initial values of a seed."""
        drawer = self.trainer if self.recipe.own_values else self.reference
        self.trainer.start(drawer.initial_weights(seed))

    def weights_by_name(self):
        """Return copies of all parameters, under the names that `load_weights` of a NumPy model reads."""
        return dict(zip(self.reference.model.params, self.trainer.get_weights(), strict=True))


def build_contenders(config, samples):
    """Return the contenders of a run, in their order.

    Raises:
        ModelError: if a library is missing, a network does not fit the images, or the parameters of a model differ in
            name, shape or number from those of the NumPy model of the same network.
        UsageError: if a user's model cannot be trained.
    """
    experiment = EXPERIMENTS[config.experiment]
    references, contenders = {}, []
    try:
        for model in config.models:
            name = name_of(model)
            recipe = experiment.recipe_of(name)
            network = partial(recipe.network, input_shape=samples.input_shape, n_classes=samples.n_classes)
            optimizer = partial(recipe.optimizer, learning_rate=config.learning_rate)
            if recipe not in references:
                references[recipe] = NumpyTrainer(network, optimizer)
            trainer = make_trainer(model, network, optimizer, config.threads, config.batch_size)
            contenders.append(Contender(name, recipe, trainer, references[recipe]))
    except ImportError as error:
        raise ModelError(
            f"a library is missing: {error}; install it with pip install -r requirements.txt, or use --models numpy"
        ) from error
    except (ValueError, RuntimeError) as error:
        raise ModelError(
            f"the network of experiment {config.experiment} cannot be built for images of shape {samples.input_shape}: "
            f"{error}"
        ) from error
    for contender in contenders:
        check_parameters(contender)
    return contenders


def check_parameters(contender):
    """Raise `ModelError` unless a model has the parameters of the NumPy model of its network."""
    parameters, expected = contender.trainer.parameters(), contender.reference.parameters()
    if parameters != expected:
        raise ModelError(
            f"the models differ before training: {contender.name} has the parameters {parameters}, "
            f"and the NumPy model has {expected}"
        )


def train_epochs(contender, seed, samples, config, watch):
    """Train one model, and after each epoch yield what was measured, by column name, and the predicted classes.

    The clock runs around training alone. Compiling and tracing happen in the warm-up before it, which is undone.
    """
    trainer, model = contender.trainer, contender.name
    n_steps = -(-samples.n_train // config.batch_size)
    # One whole batch and the short last one: each has a trace of its own in Keras, and work arrays of its own in NumPy.
    n_warm_up = min(samples.n_train, config.batch_size + samples.n_train % config.batch_size)
    warm_up = partial(trainer.warm_up, *samples.epoch(seed, 1, n_warm_up), config.batch_size)
    warm_up_seconds, _ = timed(warm_up)
    for epoch in range(1, config.epochs + 1):
        x, y = samples.epoch(seed, 1 if contender.recipe.shuffled_once else epoch)
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


def write_start(folder, config, dataset, samples, contenders):
    """Write what is known before training: configuration, environment, and some images for a picture."""
    environment = describe_environment()
    if "keras" in config.models:
        import keras_model

        environment["keras"] = keras_model.describe_environment()
    folder.write_json(
        "config",
        {"format": FORMAT}
        | asdict(config)
        | {
            "dataset": dataset.name,
            "models": [contender.name for contender in contenders],
            "source": dataset.source.replace(os.path.expanduser("~") + os.sep, "~" + os.sep),
            "sha256": dataset.sha256,
            "n_train": samples.n_train,
            "n_test": samples.n_test,
            "input_shape": samples.input_shape,
            "class_names": list(dataset.class_names),
            "n_parameters": {contender.name: contender.reference.model.count_params() for contender in contenders},
            "published": [asdict(published) for published in config.published(dataset.name)],
        },
    )
    folder.write_json("environment", environment)
    images, labels = examples_of_each_class(dataset.x_train, dataset.y_train, samples.n_classes)
    folder.write_arrays(".", "samples", {"images": images, "labels": labels})
    folder.start_epochs()
