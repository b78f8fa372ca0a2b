"""What a run writes as it goes, and what it finds there when it is resumed."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np

from harness.base.environment import describe_environment
from harness.base.errors import ModelError
from harness.datasets.dataset import Dataset
from harness.experiments import MODELS, RunConfig, published_of
from harness.experiments.model_names import BACKENDS
from harness.results import FORMAT, RunFolder
from harness.results.code_version import code_version, own_code
from harness.results.config_checks import AS_NAMED
from harness.training.contenders import Contender
from harness.training.recorder import Checkpoint
from harness.training.records import EpochRecord
from harness.training.samples import Samples, examples_of_each_class
from harness.training.steps import Progress


class Journal:
    """The records of a run, in its folder: a `Recorder` of `harness.training`.

    An epoch is written in this order: predictions, checkpoint, row. A checkpoint holds all rows so far, so whenever the
    process dies, the folder has every epoch of which there is a checkpoint, and each once. Of a slow epoch there are
    checkpoints within.

    Args:
        folder: a `RunFolder`.
        kept: the records of a run that is resumed, by (model, seed), as `harness.results.resume` found them; `None` for
            a new run.
        warn: is called with a line of text for each damaged checkpoint.
        environment: a dictionary of what `environment.json` shall say besides; by default nothing.

    Attributes:
        records: an `EpochRecord` of every epoch so far.
    """

    def __init__(
        self,
        folder: RunFolder,
        kept: dict[tuple[str, int], list[EpochRecord]] | None = None,
        warn: Callable[[str], None] = print,
        environment: dict[str, object] | None = None,
    ) -> None:
        self._folder = folder
        self._kept = kept
        self._warn = warn
        self._environment = environment or {}
        self._checkpoints, self._finished, self._lost = {}, set(), {}
        self._failures = []
        self.records = []

    def start(self, config: RunConfig, dataset: Dataset, samples: Samples, contenders: Sequence[Contender]) -> None:
        """Write what is known before training; of a resumed run, find where each training goes on."""
        if self._kept is None:
            self._write_config(config, dataset, samples, contenders)
        else:
            self._find_resume_points(config, contenders)
        if not self._folder.has("environment.json"):
            self._write_environment(contenders)
        if not self._folder.has("samples.npz"):
            images, labels = examples_of_each_class(dataset.x_train, dataset.y_train, samples.n_classes)
            self._folder.write_arrays(".", "samples", {"images": images, "labels": labels})
        self._folder.write_epochs(self.records)

    def _find_resume_points(self, config: RunConfig, contenders: Sequence[Contender]) -> None:
        self._folder.remove("failures.json")  # they are tried again
        trainers = {contender.name: contender.trainer for contender in contenders}
        trainings = [(model, seed) for seed in config.seeds for model in config.model_names]
        for model, seed in trainings:
            if model in trainers:
                self._find_resume_point(model, seed, config.epochs, trainers[model].get_state())
            else:  # it cannot be made any more, but its records stay
                self.records += self._kept.get((model, seed), [])
        if self._finished.issuperset(trainings):
            self._warn("every training of this run is finished; only its table, plots and report are made again")

    def _find_resume_point(self, model: str, seed: int, n_epochs: int, state: list[np.ndarray]) -> None:
        name = name_of_training(model, seed)
        rows, checkpoints = self._kept.get((model, seed), []), self._folder.checkpoints(name)
        weights = f"weights/{name}.npz"
        try:
            checkpoint = checkpoints.read(state, self._warn, any_float=model not in MODELS)
        except ModelError as error:
            checkpoint = None
            if rows:
                self._lost[model, seed] = str(error)
            else:
                self._warn(f"warning: {model} with seed {seed} begins anew, as no epoch of it is on record")
        if checkpoint:
            self._checkpoints[model, seed] = checkpoint
            rows = checkpoint.records
        elif len(rows) == n_epochs and self._folder.has(weights):
            self._finished.add((model, seed))
            checkpoints.remove()  # their folder may be left
        elif len(rows) == n_epochs:
            self._lost[model, seed] = (
                f"all {n_epochs} epochs are on record, but {weights} is missing, and there is no checkpoint to make it "
                "from that can be read; start a new run"
            )
        elif rows and (model, seed) not in self._lost:
            self._lost[model, seed] = (
                f"{len(rows)} of {n_epochs} epochs are on record, and there is no checkpoint to go on from; "
                "start a new run"
            )
        elif not rows and self._folder.has(weights):
            self._warn(f"warning: {model} with seed {seed} is trained again, as its rows are missing")
        self.records += rows

    def is_finished(self, model: str, seed: int) -> bool:
        """Return whether a training was finished before the run was resumed."""
        return (model, seed) in self._finished

    def checkpoint(self, model: str, seed: int) -> Checkpoint | None:
        """Return the `Checkpoint` to go on from, or `None` for a training that begins.

        Raises:
            ModelError: if there are epochs of the training, and nothing to go on from.
        """
        if (model, seed) in self._lost:
            raise ModelError(self._lost[model, seed])
        return self._checkpoints.get((model, seed))

    def within_epoch(self, model: str, seed: int, progress: Progress, state: list[np.ndarray]) -> None:
        """Write a checkpoint of an epoch that is not done.

        Args:
            model, seed: the training.
            progress: the `Progress` of the epoch.
            state: of the trainer.
        """
        self._write_checkpoint(model, seed, state, progress)

    def _write_checkpoint(self, model: str, seed: int, state: list[np.ndarray], progress: Progress) -> None:
        own = [record for record in self.records if (record.model, record.seed) == (model, seed)]
        self._folder.checkpoints(name_of_training(model, seed)).write(Checkpoint(state, own, progress))

    def epoch_done(
        self, record: EpochRecord, labels: np.ndarray, predictions: np.ndarray, state: list[np.ndarray]
    ) -> None:
        """Write what an epoch came to.

        Args:
            record: its `EpochRecord`.
            labels, predictions: (N,) classes of the test images.
            state: of the trainer.
        """
        self.records.append(record)
        name = name_of_training(record.model, record.seed)
        self._folder.write_arrays("predictions", name, {"labels": labels, "predictions": predictions})
        self._write_checkpoint(record.model, record.seed, state, Progress())
        self._folder.append_epoch(record)

    def training_done(self, model: str, seed: int, weights: dict[str, np.ndarray]) -> None:
        """Write the weights of a finished training, by name, and drop its checkpoints."""
        name = name_of_training(model, seed)
        self._folder.write_arrays("weights", name, weights)
        self._folder.checkpoints(name).remove()

    def failed(self, model: str, seed: int | None, message: str) -> None:
        """Write that a training failed, and why; `seed` is `None` if the model could not be made at all."""
        self._failures.append({"model": model, "seed": seed, "error": message})
        self._folder.write_json("failures", self._failures)

    def _write_config(
        self, config: RunConfig, dataset: Dataset, samples: Samples, contenders: Sequence[Contender]
    ) -> None:
        settings = asdict(config) | {
            "dataset": dataset.name,
            "models": config.model_names,
            "experiment": config.name,
            "based_on": config.experiment,
            "own_code": own_code(config),
        }
        self._folder.write_json(
            "config",
            {"format": FORMAT}
            | settings
            | {
                "source": dataset.source.replace(os.path.expanduser("~") + os.sep, "~" + os.sep),
                "sha256": dataset.sha256,
                "n_train": samples.n_train,
                "n_test": samples.n_test,
                "input_shape": samples.input_shape,
                "class_names": list(dataset.class_names),
                "n_parameters": {contender.name: contender.reference.model.count_params() for contender in contenders},
                "published": [asdict(published) for published in published_of(settings)],
                "resume": {
                    **{name: getattr(config, name) for name in AS_NAMED},
                    "code": code_version(config.named_code),
                },
            },
        )

    def _write_environment(self, contenders: Sequence[Contender]) -> None:
        environment = describe_environment() | self._environment
        for contender in contenders:
            if contender.name == "keras":
                import keras_model

                environment["keras"] = keras_model.describe_environment()
            elif contender.name in BACKENDS:
                environment[contender.name] = contender.trainer.describe_environment()
        self._folder.write_json("environment", environment)


def name_of_training(model: str, seed: int) -> str:
    """Return the name of a training in file names."""
    return f"{model}-seed{seed}"
