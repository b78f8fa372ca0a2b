"""What a training needs to go on; the last two are kept, so that a damaged file costs what was between them."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from harness.base.errors import DataError, ModelError
from harness.base.files import make_folder, replacing
from harness.base.text import one_line
from harness.datasets.npz import MAX_DIRECTORY_BYTES, MAX_ENTRY_BYTES, read_npz
from harness.datasets.verify import open_regular
from harness.training.recorder import Checkpoint
from harness.training.records import EpochRecord
from harness.training.steps import Progress

GENERATIONS = 2
# Ends the name of one that could not be read: what cannot be read today may be so with another version.
DAMAGED = ".damaged"


class Checkpoints:
    """The checkpoints of one training, in `checkpoints/` of a run's folder.

    Args:
        folder: path of the run's folder.
        name: of the training, such as `numpy-seed0`.
    """

    def __init__(self, folder: str | Path, name: str) -> None:
        self._folder = Path(folder) / "checkpoints"
        self._name = name

    def write(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, and drop all but it and the one before.

        Newer ones, and one in its place, could not be read, or the training would have gone on from them. They are kept
        aside until the training is finished.
        """
        make_folder(self._folder)
        for place in self.places():
            if place >= checkpoint.place:
                self._path(place).replace(self._path(place, DAMAGED))
        arrays = dict(zip(names_of(checkpoint.state), checkpoint.state, strict=True))
        records = json.dumps([asdict(record) for record in checkpoint.records]).encode()
        with replacing(self._path(checkpoint.place)) as file:
            np.savez(file, records=np.frombuffer(records, np.uint8), progress=np.array(checkpoint.progress), **arrays)
        for place in self.places()[GENERATIONS:]:
            self._path(place).unlink()

    def read(
        self, like: Sequence[np.ndarray], warn: Callable[[str], None], any_float: bool = False
    ) -> Checkpoint | None:
        """Return the newest checkpoint that can be read, or `None` if none was written.

        Args:
            like: a state of the trainer to be, with the shapes and types that the checkpoint's must have.
            warn: called with a line of text for each that cannot be read.
            any_float: whether floats of every size will do, as a user's model may begin with float64 and go on with
                float32, or the other way round. Default `False`.

        Raises:
            ModelError: if there are some, and none can be read.
        """
        places = self.places()
        for place in places:
            try:
                return self._read(place, like, any_float)
            except Exception as error:  # there is no end to what a damaged file can raise
                warn(f"warning: {self._path(place)} cannot be read: {one_line(error) or type(error).__name__}")
        if places:
            raise ModelError(
                f"no checkpoint of {self._name} in {self._folder} can be read; start a new run, as there is nothing to "
                "go on from"
            )
        return None

    def places(self, suffix: str = "") -> list[tuple[int, int]]:
        """Return the places (epochs, steps) in the training where there is a checkpoint, newest first.

        Args:
            suffix: of the files' names, behind that of a checkpoint; default none.
        """
        name, suffix = re.escape(self._name), re.escape(suffix)
        pattern = re.compile(name + r"-epoch(0|[1-9][0-9]*)(?:-step([1-9][0-9]*))?\.npz" + suffix)
        paths = self._folder.iterdir() if self._folder.is_dir() else ()
        found = (pattern.fullmatch(path.name) for path in paths)
        return sorted(((int(match[1]), int(match[2] or 0)) for match in found if match), reverse=True)

    def remove(self) -> None:
        """Remove all, once the training is finished."""
        for suffix in (DAMAGED, ""):
            for place in reversed(self.places(suffix)):  # the newest last: as long as one is left, it is that
                self._path(place, suffix).unlink()
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _path(self, place: tuple[int, int], suffix: str = "") -> Path:
        epoch, step = place
        return self._folder / f"{self._name}-epoch{epoch}{f'-step{step}' if step else ''}.npz{suffix}"

    def _read(self, place: tuple[int, int], like: Sequence[np.ndarray], any_float: bool) -> Checkpoint:
        path, names = self._path(place), names_of(like)
        with open_regular(path) as stream:
            arrays = read_npz(
                stream,
                "the archive",
                ("records", "progress", *names),
                optional=(name_of(len(like)),),
                max_bytes=path.stat().st_size,  # nothing in it is compressed
                check=lambda headers: check_like(headers, like, any_float),
                how_to_write="No run wrote it like this",
                max_directory_bytes=MAX_DIRECTORY_BYTES + len(like) * MAX_ENTRY_BYTES,
            )
        records = [EpochRecord(**record) for record in json.loads(arrays["records"].tobytes())]
        steps, *sums = arrays["progress"].tolist()
        checkpoint = Checkpoint([arrays[name] for name in names], records, Progress(int(steps), *sums))
        if checkpoint.place != place or [record.epoch for record in records] != list(range(1, place[0] + 1)):
            raise ValueError(
                f"it holds the epochs {', '.join(str(record.epoch) for record in records)}, and {steps:g} steps"
            )
        return checkpoint


def name_of(index: int) -> str:
    """Return the name of an array of a state."""
    return f"state_{index:04}"


def names_of(state: Sequence[np.ndarray]) -> list[str]:
    """Return the names of all arrays of a state, in order."""
    return [name_of(index) for index in range(len(state))]


def check_like(headers: dict, like: Sequence[np.ndarray], any_float: bool) -> None:
    """Raise `DataError` unless the arrays of a file have the shapes and types of a state, and there are no more."""
    found = [form_of(header, any_float) for name, header in headers.items() if name.startswith("state_")]
    expected = [form_of(array, any_float) for array in like]
    if found != expected:
        raise DataError(f"it holds arrays {', '.join(found)}; the model needs {', '.join(expected)}")


def form_of(array: np.ndarray, any_float: bool) -> str:
    """Return type and shape of an array in words; with `any_float`, of all floats the same type."""
    return f"{'float' if any_float and array.dtype.kind == 'f' else array.dtype} {array.shape}"
