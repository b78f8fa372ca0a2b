"""What a run's folder says to go on with, and whether everything is still as it was."""

import csv
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from harness.base.environment import describe_environment, interpreter
from harness.base.errors import HarnessError, UsageError
from harness.base.files import remove_unfinished, see_to_disk
from harness.base.text import one_line
from harness.datasets.dataset import Dataset
from harness.experiments import EXPERIMENTS, MODELS, RunConfig
from harness.experiments.losses import KERAS_NAMES as LOSSES
from harness.experiments.networks import NETWORKS
from harness.experiments.optimizers import is_own
from harness.results.code_version import code_version
from harness.results.config_checks import AS_NAMED
from harness.results.files import MOST_EPOCH_BYTES, content_of, read_config, read_json
from harness.training.records import COLUMNS, EpochRecord

# These may be said again when a run is resumed, and must say the same. The data may lie elsewhere, but not differ.
SETTINGS = ("experiment", "models", "seeds", "epochs", "batch_size", "learning_rate", "limit", "threads")
# Runs of before these flags have none.
LATER_SETTINGS = ("network", "optimizer", "loss")
# What rounding may depend on, and times do.
MACHINE = ("cpu", "cores", "blas", "blas_kernel", "threads", "variables")


def resume_command(folder: str | Path, settings: dict, data_dir: str | None = None, dataset: str | None = None) -> str:
    """Return the command that resumes a run, to be copied.

    Args:
        folder: path of the run's folder.
        settings: of the run by name, as flags name them. What names a user's code, which is run, is named again.
        data_dir: folder that the user named for the data set, or `None`.
        dataset: that the user named, as it lies elsewhere than when the run began, or `None`.
    """
    again = {name: settings[name] for name in users_code(settings)}
    named = [text for name, value in again.items()
             for text in (f"--{name}", *(value if name == "models" else [value]))]  # fmt: skip
    places = [text for flag, place in (("--dataset", dataset), ("--data-dir", data_dir)) if place
              for text in (flag, str(place))]  # fmt: skip
    return shlex.join([interpreter(), "-m", "harness.run", "--resume", str(folder), *named, *places])


def users_code(settings: dict) -> dict[str, list[str]]:
    """Return what of a run's settings is code of a user's, as flags name it, by the name of the setting."""
    is_users = {
        "models": lambda model: model not in MODELS,
        "experiment": lambda name: name not in EXPERIMENTS,
        "network": lambda name: name not in NETWORKS,
        "optimizer": is_own,
        "loss": lambda name: name not in LOSSES,
    }
    values = {"models": settings["models"]} | {
        name: [settings[name]] for name in ("experiment", *LATER_SETTINGS) if settings.get(name)
    }
    found = {name: list(filter(is_users[name], values[name])) for name in values}
    return {name: code for name, code in found.items() if code}


@contextmanager
def kept_for_later(
    folder: str | Path, config: RunConfig, data_dir: str | None = None, dataset: str | None = None
) -> Iterator[None]:
    """Hold a run's folder while the body writes into it: an error that cuts the run off says how to go on.

    An empty folder, with nothing to go on from, is removed.

    Args:
        folder, data_dir, dataset: as of `resume_command`.
        config: the `RunConfig`.
    """
    folder = Path(folder)
    try:
        see_to_disk(folder.parent)
        yield
    except BaseException as error:
        if not any(folder.iterdir()):
            folder.rmdir()
        elif not isinstance(error, HarnessError):
            error.add_note(f"go on with: {resume_command(folder, vars(config), data_dir, dataset)}")
        raise


def config_of(folder: str | Path, given: dict, data_dir: str | None = None) -> RunConfig:
    """Return the `RunConfig` of a run, with what was given in place of what it began with.

    Args:
        folder: path of the run's folder.
        given: settings that the user gave again, by name. `check_unchanged` is for what differs.
        data_dir: as of `resume_command`.

    Raises:
        UsageError: if the folder is no run that can be resumed, a setting is out of range, or the run trains a user's
            model that the user did not name again: its folder may come from anybody, and so may the code that it names.
    """
    settings = settings_of(read_config(folder), folder)
    foreign = [name for kind, names in users_code(settings).items() if kind not in given for name in names]
    if foreign:
        command = resume_command(folder, settings, data_dir, given.get("dataset"))
        raise UsageError(
            f"the run in {folder} trains {', '.join(foreign)}, and to resume it runs that code; if you trust it, name "
            f"it again: {command}"
        )
    return RunConfig(**settings | given)


def settings_of(stored: dict, folder: str | Path) -> dict:
    """Return the settings of a run by name, as `RunConfig` takes them, from its `config.json`."""
    if "resume" not in stored:
        raise UsageError(f"{folder} was written before runs could be resumed; start a new run")
    missing = [name for name in SETTINGS if name not in stored] + ["sha256"] * (not stored.get("sha256"))
    if missing:
        raise UsageError(f"{Path(folder) / 'config.json'} has no {', '.join(missing)}; start a new run")
    settings = {name: stored[name] for name in SETTINGS} | {
        name: stored["resume"][name] for name in AS_NAMED if name in stored["resume"]
    }
    settings["keras_steps_per_execution"] = stored.get("keras_steps_per_execution", 1)  # older runs do not say it
    return {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}


def check_unchanged(folder: str | Path, config: RunConfig, dataset: Dataset) -> None:
    """Raise `UsageError` unless settings, data and training code are those that the run began with.

    Args:
        folder: path of the run's folder.
        config: its `RunConfig`, from `config_of`.
        dataset: the `Dataset` that was loaded for it.
    """
    stored = read_config(folder)
    settings = settings_of(stored, folder)
    then = in_words(settings, stored["sha256"]) | stored["resume"]["code"]
    now = in_words(vars(config), dataset.sha256) | code_version(config.named_code)
    differences = [
        f"{name} is {now.get(name)!r} here and was {then.get(name)!r} there"
        for name in then | now
        if now.get(name) != then.get(name)
    ]
    if differences:
        raise UsageError(
            f"the run in {folder} cannot be resumed, as it would not end as it began: {'; '.join(differences)}; "
            "make it as it was, or start a new run"
        )


def in_words(settings: dict, sha256: dict[str, str]) -> dict[str, object]:
    """Return settings, and checksums of the data, under names that say what they are."""
    return {name.replace("_", " "): settings.get(name) for name in (*SETTINGS, *LATER_SETTINGS)} | {
        f"sha256 of {array}": value for array, value in sha256.items()
    }


def warn_of_another_machine(folder: str | Path, warn: Callable[[str], None]) -> None:
    """Tell in a line what the run began on, if that was not this machine."""
    try:
        then = read_json(Path(folder) / "environment.json")
    except (OSError, ValueError):
        return  # it is written again
    now = describe_environment()
    differences = [
        f"{name} {now[name]} here and {then[name]} there" for name in MACHINE if then.get(name, now[name]) != now[name]
    ]
    if differences:
        warn(
            f"warning: the run began on another machine: {', '.join(differences)}; times do not compare, and scores "
            "may end with other last digits"
        )


def read_rows(folder: str | Path, warn: Callable[[str], None]) -> dict[tuple[str, int], list[EpochRecord]]:
    """Return the records in `epochs.csv`, by (model, seed), and clear away what a dead process left unfinished.

    A last line that was cut off is left out; the file as it was is kept beside it.

    Args:
        folder: path of the run's folder.
        warn: called with a line of text for a repair.

    Raises:
        UsageError: for other columns, or a line that cannot be read and is not the last.
    """
    remove_unfinished(folder)
    path = Path(folder) / "epochs.csv"
    if not path.exists():
        return {}
    # Line by line, so that a stray quotation mark does not take the lines behind it along.
    try:
        content = content_of(path, MOST_EPOCH_BYTES)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {one_line(error)}; start a new run") from error
    lines = [line.decode(errors="replace") for line in content.splitlines(keepends=True)]
    heading, *lines = lines or [""]
    if tuple(fields_of(heading)) != COLUMNS:
        found = f"has the columns {one_line(heading)}" if heading.strip() else "is empty"
        raise UsageError(
            f"{path} {found}; this version goes on with {', '.join(COLUMNS)}; "
            "restore it from a copy, or start a new run"
        )
    records = {}
    for number, line in enumerate(lines, start=2):
        record = record_of(line)
        if record:
            records.setdefault((record.model, record.seed), []).append(record)
        elif number == len(lines) + 1:
            kept = keep_copy(path)
            warn(f"warning: the last line of {path} was cut off and is left out; the file as it was is {kept}")
        else:
            raise UsageError(f"line {number} of {path} cannot be read: {one_line(line)}; mend it, or start a new run")
    return records


def fields_of(line: str) -> list[str]:
    """Return the fields of one line of a CSV file."""
    return next(csv.reader([line]), [])


def record_of(line: str) -> EpochRecord | None:
    """Return the `EpochRecord` of a line, or `None` if it is not one, or is not whole."""
    if not line.endswith("\n"):
        return None
    try:
        values = zip(fields(EpochRecord), fields_of(line), strict=True)
        return EpochRecord(*(field.type(value) for field, value in values))
    except ValueError:
        return None


def keep_copy(path: Path) -> Path:
    """Copy a file to a name beside it that is free, and return that."""
    numbers = iter(range(1, 1000))
    copy = next(name for n in numbers if not (name := path.with_name(f"{path.name}.torn-{n}")).exists())
    shutil.copy2(path, copy)
    return copy
