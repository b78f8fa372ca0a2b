"""Which code a run was trained with: what must be the same for a resumed run to end as an uninterrupted one."""

import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable
from pathlib import Path

from harness.base.user_code import split_name
from harness.experiments import MODELS, RunConfig
from harness.experiments.model_names import BACKENDS

ROOT = Path(__file__).resolve().parents[2]
# Every file of these packages is part of what trains, but for these rooms of the harness: they read what a training has
# written, or train in a way of their own. No training imports them, which a test looks at.
TRAINING_PACKAGES = ("numpy_model", "keras_model", "harness")
NOT_TRAINING = ("bench", "compare", "parity", "plots", "report", "summaries", "sweep", "tables")
# What is used beside NumPy, by model.
LIBRARIES = {"keras": ("keras", "tensorflow")} | {model: ("keras", backend) for model, backend in BACKENDS.items()}


def code_version(models: Iterable[str]) -> dict[str, str | None]:
    """Return what identifies the code that trains: a hash of ours, of users' files, and the libraries' versions.

    What a user's file imports is not looked at.

    Args:
        models: as flags name them, and what else of a user's code makes a run, as of `RunConfig.named_code`.
    """
    version = {"training code": hash_of(training_files())}
    version |= {model: hash_of_users(model) for model in models if model not in MODELS}
    used = ["numpy", *(library for model in models for library in LIBRARIES.get(model, ()))]
    return version | {library: library_version(library) for library in used}


def own_code(config: RunConfig) -> dict[str, str | None] | None:
    """Return a hash of the user's code that makes network, optimizer or experiment, by what it makes, or `None`."""
    return {kind: hash_of_users(name) for kind, name in config.code.items()} or None


def hash_of_users(name: str) -> str | None:
    """Return a hash of the file of a user's code, as flags name it, or `None` if there is none."""
    file = file_of(name)
    return hash_of([file]) if file else None


def file_of(name: str) -> Path | None:
    """Return the file of a user's code, as flags name it, or `None` if there is none. No package of it is run."""
    place, _ = split_name(name)
    if place.endswith(".py"):
        return Path(place)
    top, *below = place.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None:
        return None
    if below:
        paths = [Path(folder, *below) for folder in spec.submodule_search_locations or ()]
        files = [file for path in paths for file in (path / "__init__.py", path.with_suffix(".py"))]
    else:
        files = [Path(spec.origin)] if spec.has_location else []
    return next((file for file in files if file.is_file()), None)


def training_files() -> list[Path]:
    """Return the Python files that training may import, in order."""
    left_out = tuple(ROOT / "harness" / room for room in NOT_TRAINING)
    found = [path for package in TRAINING_PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [path for path in found if not any(map(path.is_relative_to, left_out))]


def hash_of(paths: Iterable[Path]) -> str:
    """Return a hash of the places and contents of files."""
    content = hashlib.sha256()
    for path in paths:
        name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
        content.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()[:16]


def library_version(name: str) -> str | None:
    """Return the version of an installed package, or `None`."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
