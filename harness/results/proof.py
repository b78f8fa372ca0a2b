"""What a run proved of its models before it trained them: `proof.json` in its folder."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.base.checks import LARGEST_NUMBER
from harness.base.errors import DataError
from harness.results.config_checks import MOST_TRAININGS, is_name, is_none_or, is_number, is_text, is_whole
from harness.results.files import read_json

if TYPE_CHECKING:
    from harness.results.writing import RunFolder

NAME = "proof"
LONGEST_WORDS = 2000


@dataclass(frozen=True)
class ModelProof:
    """Whether one model takes the same steps as another.

    Attributes:
        model, against: their names.
        same: `None` if it is not known.
        steps: that both took.
        precision: that both computed in.
        difference: the largest absolute one of any parameter after any step, where they are the same; else `None`.
        words: where they differ, or why it is not known; "" where they are the same.
    """

    model: str
    against: str
    same: bool | None
    steps: int = 0
    precision: str = "float64"
    difference: float | None = None
    words: str = ""


def write_proofs(folder: RunFolder, proofs: list[ModelProof], seconds: float) -> None:
    """Write `proof.json` into the folder of a run."""
    folder.write_json(NAME, {"seconds": seconds, "models": [asdict(proof) for proof in proofs]})


def has_proofs(folder: str | Path) -> bool:
    """Return whether a run's folder has a `proof.json`."""
    return (Path(folder) / f"{NAME}.json").exists()


def read_proofs(file: Path) -> list[ModelProof]:
    """Return what stands in a `proof.json`.

    Raises:
        OSError, ValueError, DataError: if it cannot be read, or holds something else.
    """
    entries = read_json(file).get("models")
    if not isinstance(entries, list) or len(entries) > MOST_TRAININGS or not all(map(is_proof, entries)):
        raise DataError("it holds no proofs")
    return [ModelProof(**entry) for entry in entries]


def is_proof(entry: object) -> bool:
    """Return whether a value holds what a `ModelProof` does, all of it and nothing else."""
    checks = {
        "model": is_name,
        "against": is_name,
        "same": lambda value: value is None or isinstance(value, bool),
        "steps": is_whole,
        "precision": lambda value: value in ("float64", "float32"),
        "difference": is_none_or(lambda value: is_number(value) and 0 <= value < LARGEST_NUMBER),
        "words": lambda value: is_text(value) and len(value) <= LONGEST_WORDS,
    }
    if not isinstance(entry, dict) or entry.keys() != checks.keys():
        return False
    # What is the same has a difference, if only of zero.
    is_whole_proof = all(check(entry[name]) for name, check in checks.items())
    return is_whole_proof and (not entry["same"] or (entry["difference"] is not None and entry["steps"] > 0))
