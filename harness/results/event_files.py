"""What TensorBoard reads: the rows of a run's `epochs.csv`, and its settings, as event files.

TensorBoard's own `EventFileWriter` and `hparams.api` import TensorFlow where it is installed, which takes seconds and
600 MB. What they are made of does not, and is used here.
"""

import importlib
import math
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from harness.base.errors import UsageError
from harness.base.files import make_folder, replacing
from harness.experiments import RunConfig
from harness.results.journal import name_of_training
from harness.training.records import EpochRecord

FOLDER = "tensorboard"
PREFIX = "events.out.tfevents."
# By column of `epochs.csv`; TensorBoard draws those together that are equal up to the slash.
TAGS = {
    "train_loss": "loss/train_loss",
    "test_loss": "loss/test_loss",
    "train_accuracy": "accuracy/train_accuracy",
    "test_accuracy": "accuracy/test_accuracy",
    "test_macro_f1": "macro_f1/test_macro_f1",
    "wall_seconds": "seconds/wall_seconds",
    "waiting_seconds": "seconds/waiting_seconds",
}
# Of the package `tensorboard`, all that is used here: so that what is missing is missed before training.
PARTS = (
    "compat.proto.event_pb2",
    "plugins.hparams.api_pb2",
    "plugins.hparams.metadata",
    "plugins.hparams.plugin_data_pb2",
    "plugins.hparams.summary_v2",
    "plugins.scalar.summary_v2",
    "summary.writer.record_writer",
)
SETTINGS = ("experiment", "epochs", "batch_size", "learning_rate", "limit")


class EventFiles:
    """The event files of a run, one for each training: `tensorboard/<model>-seed<k>/events.out.tfevents.*`.

    Each is written whole after each epoch, from all records so far. So every epoch is there once, whatever cut the run
    off before, and a run that began without event files has all epochs too. A TensorBoard that is watching takes up
    files by name, hence a new name each time.

    Args:
        folder: path of the run's folder, with its `config.json`.
        config: its `RunConfig`.

    Raises:
        UsageError: if TensorBoard is not installed.
    """

    def __init__(self, folder: str | Path, config: RunConfig) -> None:
        self._folder = Path(folder)
        check_tensorboard(self._folder / FOLDER)
        self._settings = {name: getattr(config, name) for name in SETTINGS if getattr(config, name) is not None}
        self._n_epochs = config.epochs

    def epoch_done(self, records: Sequence[EpochRecord], record: EpochRecord) -> None:
        """Write the training of a record, whose epoch was the last of all `EpochRecord`s."""
        self._write([other for other in records if training_of(other) == training_of(record)])

    def run_done(self, records: Sequence[EpochRecord]) -> None:
        """Write all trainings again, and how each ended."""
        from tensorboard.plugins.hparams.api_pb2 import STATUS_FAILURE, STATUS_SUCCESS

        for training in dict.fromkeys(map(training_of, records)):
            own = [record for record in records if training_of(record) == training]
            self._write(own, STATUS_SUCCESS if len(own) == self._n_epochs else STATUS_FAILURE)

    def _write(self, records: Sequence[EpochRecord], status: int | None = None) -> None:
        name = name_of_training(*training_of(records[0]))
        folder = self._folder / FOLDER / name
        make_folder(folder.parent)
        make_folder(folder)
        start = (self._folder / "config.json").stat().st_mtime
        settings = self._settings | {key: getattr(records[0], key) for key in ("dataset", "model", "seed")}
        events = events_of(records, settings, f"{self._folder.resolve().name}/{name}", start, status)
        for path in folder.glob(f"{PREFIX}*"):
            path.unlink()
        with replacing(folder / f"{PREFIX}{time.time_ns()}") as file:
            write_events(file, events)


def training_of(record: EpochRecord) -> tuple[str, int]:
    """Return the model and the seed of an `EpochRecord`."""
    return record.model, record.seed


def events_of(
    records: Sequence[EpochRecord],
    settings: dict[str, str | float],
    title: str,
    start: float,
    status: int | None = None,
) -> list:
    """Return the events of one training.

    Args:
        records: its `EpochRecord`s.
        settings: texts and numbers, by name.
        title: of the training among others.
        start: of the run, in seconds since 1970. The time of an epoch is this and the seconds of training so far, for
            records have no time of day.
        status: how the training ended, as the HParams API numbers it; `None` while it lasts.
    """
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog
    from tensorboard.plugins.hparams import metadata
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb

    events = [
        Event(wall_time=start, file_version="brain.Event:2"),
        # A TensorBoard that has read of the training before forgets that.
        Event(wall_time=start, session_log=SessionLog(status=SessionLog.START)),
        Event(wall_time=start, summary=hparams_pb(settings, trial_id=title, start_time_secs=start)),
    ]
    now = start
    for record in records:
        now += record.wall_seconds
        values = {tag: getattr(record, column) for column, tag in TAGS.items()}
        events += [
            Event(wall_time=now, step=record.epoch, summary=scalar_pb(tag, value))
            for tag, value in values.items()
            if not math.isnan(value)  # a user's model may have no scores while it trains
        ]
    if status is not None:
        end = Event(wall_time=now)
        data = HParamsPluginData(session_end_info=SessionEndInfo(status=status, end_time_secs=now))
        end.summary.value.add(
            tag=metadata.SESSION_END_INFO_TAG,
            metadata=metadata.create_summary_metadata(data),
            tensor=metadata.NULL_TENSOR,
        )
        events.append(end)
    return events


def write_events(file: BinaryIO, events: Iterable) -> None:
    """Write events to a binary file, in TensorBoard's format."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString())


def check_tensorboard(folder: Path) -> None:
    """Raise `UsageError` unless TensorBoard is installed; `folder` is that of its files."""
    try:
        for part in PARTS:
            importlib.import_module(f"tensorboard.{part}")
    except ImportError as error:
        raise UsageError(
            f"event files need TensorBoard, which cannot be imported: {error}; install it with "
            "pip install -r requirements-tensorboard.txt, or leave out --tensorboard"
            + (f" and remove {folder}" if folder.exists() else "")
        ) from error
