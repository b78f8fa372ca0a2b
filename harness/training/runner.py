"""Order and clock: trains every model on the same samples, and reports to a recorder what happened."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import pandas

import numpy_model
from harness import datasets
from harness.base.errors import ModelError
from harness.base.text import message_of
from harness.experiments.catalog import experiment_of
from harness.training import metrics
from harness.training.contenders import Contender, build_contenders
from harness.training.recorder import Checkpoint, InMemory, Recorder
from harness.training.records import EpochRecord
from harness.training.samples import Samples
from harness.training.steps import Progress, keep_nothing, train_in_steps
from harness.user_models.loading import with_network_of_models

if TYPE_CHECKING:
    import numpy as np

    from harness.datasets.dataset import Dataset
    from harness.experiments.run_config import RunConfig
    from harness.training.trainer import Trainer


def run_experiment(
    config: RunConfig,
    dataset: Dataset | None = None,
    recorder: Recorder | None = None,
    watch: Callable | None = None,
    on_epoch: Callable | None = None,
    before_training: Callable | None = None,
) -> pandas.DataFrame:
    """Train all models of a run, one after the other, and return its epochs. Nothing is printed or drawn.

    With each seed every model of one recipe starts from the same weights and sees the same samples in the same order.

    Args:
        config: a `RunConfig`.
        dataset: a `Dataset`; default the one that the configuration names.
        recorder: a `Recorder`, such as `harness.results.journal.Journal`, which writes the run's folder; default one
            that keeps the scores alone.
        watch: a function (trainer, label, n_steps) that returns a context manager, entered while an epoch trains, for a
            progress bar; default none.
        on_epoch: a function that is given each `EpochRecord` once it is written; default none.
        before_training: a function (config, samples, contenders), called once these are on record; default none.

    Returns:
        A pandas DataFrame with the columns of `epochs.csv`.

    Raises:
        UsageError: if a user's model cannot be trained.
        DataError: if the data cannot be used.
        ModelError: if no model can be built, or models differ before training; or, after all others have been trained,
            if one failed. What was finished has been recorded, and in the error's attribute `epochs`.
        OSError: if the folder cannot be written to any more.
    """
    config = with_network_of_models(config.filled())
    dataset = dataset or datasets.load(config.dataset)
    recorder = recorder or InMemory()
    samples = Samples(dataset, config.limit, experiment_of(config.experiment).raw_pixels)
    with numpy_model.config.scope(threads=config.threads):
        contenders, unmade = build_contenders(config, samples)
        recorder.start(config, dataset, samples, contenders)
        if before_training:
            before_training(config, samples, contenders)
        train_all(contenders, unmade, samples, config, recorder, watch or no_watch, on_epoch or no_one)
    return pandas.DataFrame(map(asdict, recorder.records))


def train_all(
    contenders: list[Contender],
    unmade: dict[str, str],
    samples: Samples,
    config: RunConfig,
    recorder: Recorder,
    watch: Callable,
    on_epoch: Callable,
) -> None:
    """Train every contender with every seed; a failure is recorded, and raised once all others have been trained."""
    failures = []

    def note_failure(model: str, seed: int | None, message: str) -> None:
        recorder.failed(model, seed, message)
        failures.append(f"{model}{'' if seed is None else f' with seed {seed}'}: {message}")

    for model, message in unmade.items():
        note_failure(model, None, message)
    cause = None
    for seed in config.seeds:
        for contender in contenders:
            if recorder.is_finished(contender.name, seed):
                continue
            try:
                train(contender, seed, samples, config, recorder, watch, on_epoch)
            except (OSError, KeyboardInterrupt):
                raise  # the disk is full for all models
            except BaseException as error:  # whatever else stops one model must not take the others' results with it
                note_failure(contender.name, seed, message_of(error))
                cause = error
    if failures:
        raise ModelError("; ".join(failures), pandas.DataFrame(map(asdict, recorder.records))) from cause


def train(
    contender: Contender,
    seed: int,
    samples: Samples,
    config: RunConfig,
    recorder: Recorder,
    watch: Callable,
    on_epoch: Callable,
) -> None:
    """Train one model with one seed, from the beginning or from where the recorder has a checkpoint of it."""
    checkpoint = recorder.checkpoint(contender.name, seed)
    contender.start(seed)

    def keep(progress: Progress) -> None:
        recorder.within_epoch(contender.name, seed, progress, contender.trainer.get_state())

    for scores, predictions in train_epochs(contender, seed, samples, config, watch, checkpoint, keep):
        record = EpochRecord(experiment=config.name, dataset=samples.dataset_name, **scores)
        recorder.epoch_done(record, samples.y_test, predictions, contender.trainer.get_state())
        on_epoch(record)
    recorder.training_done(contender.name, seed, contender.weights_by_name())


def train_epochs(
    contender: Contender,
    seed: int,
    samples: Samples,
    config: RunConfig,
    watch: Callable,
    checkpoint: Checkpoint | None = None,
    keep: Callable = keep_nothing,
) -> Iterator:
    """Train one model, and after each epoch yield what was measured, by column name, and the predicted classes.

    With a `Checkpoint`, training goes on from there. `keep` is given the `Progress` of a slow epoch now and then.

    The clock runs around training alone. Compiling and tracing happen in the warm-up before it, which is undone. What a
    library does once its last step has ended, such as waiting, has a column of its own.
    """
    trainer, model = contender.trainer, contender.name
    n_steps = -(-samples.n_train // config.batch_size)
    # One whole batch and the short last one: each has a trace of its own in Keras, and work arrays of its own in NumPy.
    n_warm_up = min(samples.n_train, config.batch_size + samples.n_train % config.batch_size)
    warm_up = partial(trainer.warm_up, *samples.epoch(seed, 1, n_warm_up), config.batch_size)
    warm_up_seconds, _ = timed(warm_up)
    if checkpoint:
        trainer.set_state(checkpoint.state)
    progress = checkpoint.progress if checkpoint else Progress()
    for epoch in range(checkpoint.epoch + 1 if checkpoint else 1, config.epochs + 1):
        x, y = samples.epoch(seed, epoch_of_order(contender.recipe.shuffled, epoch))
        with watch(trainer, f"{model}, seed {seed}, epoch {epoch}/{config.epochs}", n_steps - progress.steps):
            trained = train_epoch(trainer, x, y, config.batch_size, epoch, progress, keep)
        progress = Progress()
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
                "test_loss": metrics.mean_loss(contender.reference.model.loss, probabilities, samples.y_test),
                "test_accuracy": metrics.accuracy(predictions, samples.y_test),
                "test_macro_f1": metrics.macro_f1(predictions, samples.y_test, samples.n_classes),
                "eval_seconds": eval_seconds,
                "warm_up_seconds": warm_up_seconds,
            }
            | trained,
            predictions,
        )


def epoch_of_order(shuffled: str, epoch: int) -> int:
    """Return the epoch whose order another has, from 1; 0 stands for the order of the data set.

    Args:
        shuffled: as of a `Recipe`.
        epoch: from 1.
    """
    return {"each epoch": epoch, "once": 1, "never": 0}[shuffled]


def train_epoch(
    trainer: Trainer, x: np.ndarray, y: np.ndarray, batch_size: int, epoch: int, progress: Progress, keep: Callable
) -> dict[str, float]:
    """Train what is left of an epoch, and return mean loss and accuracy and the seconds it took, by column name."""
    if trainer.in_steps:
        whole = train_in_steps(trainer, x, y, batch_size, epoch, progress, keep)
        loss, accuracy = whole.means(len(x))
        # Each step is timed until its call returns, so nothing is left after the last.
        wall_seconds, waiting_seconds = whole.wall_seconds, 0.0
    else:
        start = time.perf_counter()
        loss, accuracy = trainer.train_epoch(x, y, batch_size, epoch)
        end = time.perf_counter()
        start = getattr(trainer, "first_step_begin", start)  # handing the images to another process is no training
        wall_seconds, waiting_seconds = trainer.last_step_end - start, end - trainer.last_step_end
    return {
        "train_loss": loss,
        "train_accuracy": accuracy,
        "wall_seconds": wall_seconds,
        "waiting_seconds": waiting_seconds,
    }


def timed(function: Callable) -> tuple:
    """Return the seconds that a call takes, and what it returns."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def no_watch(trainer: Trainer, label: str, n_steps: int) -> contextlib.nullcontext:
    """Watch nothing."""
    return contextlib.nullcontext()


def no_one(record: EpochRecord) -> None:
    """Tell no one."""
