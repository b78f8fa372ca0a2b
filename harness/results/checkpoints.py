"""What a training needs to go on after an epoch; the last two are kept, so that a damaged file costs one epoch."""

import json
import re
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from harness.errors import ModelError
from harness.foreign_text import one_line
from harness.results.atomic import make_folder, replacing
from harness.results.records import EpochRecord

GENERATIONS = 2


@dataclass(frozen=True)
class Checkpoint:
    """A training after some epochs.

    Attributes:
        state: arrays, as the trainer's `get_state` returned them: parameters and what the optimizer knows.
        records: an `EpochRecord` of every epoch so far.
    """

    state: list[np.ndarray]
    records: list[EpochRecord]

    @property
    def epoch(self):
        """Epochs done."""
        return len(self.records)


class Checkpoints:
    """The checkpoints of one training, in `checkpoints/` of a run's folder.

    Args:
        folder: path of the run's folder.
        name: of the training, such as `numpy-seed0`.
    """

    def __init__(self, folder, name):
        self._folder = Path(folder) / "checkpoints"
        self._name = name

    def write(self, checkpoint):
        """Write a checkpoint, and drop those that are two epochs older or more."""
        make_folder(self._folder)
        records = json.dumps([asdict(record) for record in checkpoint.records]).encode()
        arrays = {f"state_{index:04}": array for index, array in enumerate(checkpoint.state)}
        with replacing(self._path(checkpoint.epoch)) as file:
            np.savez(file, records=np.frombuffer(records, np.uint8), **arrays)
        for epoch in self.epochs()[GENERATIONS:]:
            self._path(epoch).unlink()

    def read(self, like, warn):
        """Return the newest checkpoint that can be read, or `None` if none was written.

        Args:
            like: a state of the trainer to be, with the shapes and types that the checkpoint's must have.
            warn: is told in a line of each that cannot be read.

        Raises:
            ModelError: if there are some, and none can be read.
        """
        epochs = self.epochs()
        for epoch in epochs:
            try:
                return self._read(epoch, like)
            except Exception as error:  # there is no end to what a damaged file can raise
                warn(f"warning: {self._path(epoch)} is damaged: {one_line(error) or type(error).__name__}")
        if epochs:
            raise ModelError(
                f"no checkpoint of {self._name} in {self._folder} can be read; start a new run, as there is nothing to "
                "go on from"
            )
        return None

    def epochs(self):
        """Return the epochs after which there is a checkpoint, newest first."""
        pattern = re.compile(re.escape(self._name) + r"-epoch(\d+)\.npz")
        paths = self._folder.iterdir() if self._folder.is_dir() else ()
        return sorted((int(match[1]) for path in paths if (match := pattern.fullmatch(path.name))), reverse=True)

    def remove(self):
        """Remove all, once the training is finished."""
        for epoch in reversed(self.epochs()):  # the newest last: as long as one is left, it is that
            self._path(epoch).unlink()
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _path(self, epoch):
        return self._folder / f"{self._name}-epoch{epoch}.npz"

    def _read(self, epoch, like):
        path = self._path(epoch)
        with np.load(path, allow_pickle=False) as arrays:
            check_size(arrays.zip.infolist(), path.stat().st_size)
            records = [EpochRecord(**record) for record in json.loads(arrays["records"].tobytes())]
            state = [arrays[name] for name in sorted(arrays.files) if name != "records"]
        if [record.epoch for record in records] != list(range(1, epoch + 1)):
            raise ValueError(f"it holds the epochs {', '.join(str(record.epoch) for record in records)}")
        check_like(state, like)
        return Checkpoint(state, records)


def check_size(members, size):
    """Raise `ValueError` if the members of an archive, which are not compressed, unpack to more than its size."""
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise ValueError("it is compressed, which no checkpoint is")
    if sum(member.file_size for member in members) > size:
        raise ValueError("its members overlap")


def check_like(state, like):
    """Raise `ValueError` unless two lists of arrays have the same shapes and types."""
    found, expected = ([f"{array.dtype} {array.shape}" for array in arrays] for arrays in (state, like))
    if found != expected:
        raise ValueError(f"it holds arrays {', '.join(found)}; the model needs {', '.join(expected)}")
