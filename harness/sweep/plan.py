"""What the runs in a folder already hold of each cell."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from harness.base.errors import HarnessError, UsageError
from harness.experiments import RunConfig
from harness.results import read_config, resume
from harness.results.code_version import own_code
from harness.results.lock import is_written, refusal
from harness.results.reading import was_beside_other_runs
from harness.results.studies import pooling_key, study_of
from harness.summaries.scores import count
from harness.sweep.grid import Cell

DONE, RUNNING, CUT_OFF, FAILED, TO_DO = STATES = ("done", "running", "cut off", "failed", "to do")


@dataclass(frozen=True)
class Planned:
    """A cell, and what is there of it.

    Attributes:
        cell: the `Cell`.
        state: `done`: every model has all epochs, in whichever run. `running`: a process writes into its folder.
            `cut off`: begun, and to be resumed. `failed`: a model failed. `to do`: nothing of use is there.
        folders: of the runs that it is in.
        message: why it failed, or "".
    """

    cell: Cell
    state: str
    folders: tuple[Path, ...] = ()
    message: str = ""


@dataclass(frozen=True)
class Found:
    """What the runs in a folder hold: the folder of each complete training, and folder and message of each failed one.

    Both are by (settings, model, seed). A failure of a model that could not be made at all has the seed `None`.
    """

    complete: dict[tuple, Path] = field(default_factory=dict)
    failed: dict[tuple, tuple[Path, str]] = field(default_factory=dict)


def plan_of(cells: list[Cell], out: Path, code: dict[str, str | None]) -> list[Planned]:
    """Return a `Planned` for every cell.

    Args:
        cells: the `Cell`s.
        out: folder that has the runs.
        code: what identifies the code that trains, from `harness.results.code_version`.
    """
    found, unfinished = Found(), {}
    for place in {place_of(cell, out) for cell in cells}:
        for folder in sorted(place.glob("*/")):
            note_run(folder, found)
        unfinished[place] = unfinished_runs(place, code)
    return [planned(cell, found, unfinished[place_of(cell, out)]) for cell in cells]


def planned(cell: Cell, found: Found, unfinished: dict) -> Planned:
    """Return the `Planned` of one cell."""
    own = {"dataset": cell.dataset_name, "sha256": cell.sha256, "experiment": cell.config.name}
    settings = pooling_key(vars(cell.config) | own | {"own_code": own_code(cell.config)})
    (seed,) = cell.config.seeds
    trainings = [(settings, model, seed) for model in cell.config.model_names]
    missing = [training for training in trainings if training not in found.complete]
    if not missing:
        return Planned(cell, DONE, tuple(dict.fromkeys(found.complete[training] for training in trainings)))
    folder = unfinished.get(identity_of(cell.config, cell.sha256))
    if folder and is_written(folder):
        return Planned(cell, RUNNING, (folder,))
    for _, model, _ in missing:
        failure = found.failed.get((settings, model, seed)) or found.failed.get((settings, model, None))
        if failure:
            return Planned(cell, FAILED, (failure[0],), f"{model}: {failure[1]}")
    return Planned(cell, CUT_OFF, (folder,)) if folder else Planned(cell, TO_DO)


def note_run(folder: Path, found: Found) -> None:
    """Add what a run holds to what was found; a folder that is no run, or cannot be read, holds nothing."""
    try:
        study = study_of(folder)
    except HarnessError:
        return
    settings = pooling_key(study.config)
    for model in study.config["models"]:
        found.complete.update({(settings, model, seed): folder for seed in study.complete_seeds(model)})
    found.failed.update({(settings, *training): (folder, error) for training, error in study.failures.items()})


def place_of(cell: Cell, out: str | Path) -> Path:
    """Return the folder that has the folders of a cell's runs."""
    return Path(out) / cell.dataset_name / cell.config.name


def folder_to_go_on_with(cell: Cell, out: str, code: dict[str, str | None]) -> Path | None:
    """Return the folder of a run of a cell that was cut off, or in which a model failed; `None` if there is none."""
    return unfinished_runs(place_of(cell, out), code).get(identity_of(cell.config, cell.sha256))


def unfinished_runs(place: Path, code: dict[str, str | None]) -> dict:
    """Return the folders of runs that can be resumed with this code, by identity; the newest, where there are several.

    They were cut off, so that they have no table, which is written last, or a model failed.
    """
    folders = {}
    for folder in sorted(place.glob("*/")):
        if (folder / "config.json").exists() and (
            not (folder / "table.md").exists() or (folder / "failures.json").exists()
        ):
            folders[identity_of_run(folder, code)] = folder
    return folders


def identity_of_run(folder: Path, code: dict[str, str | None]) -> tuple[RunConfig, str] | None:
    """Return what identifies a run, or `None` if it cannot be resumed with this code, or be marked."""
    try:
        stored = read_config(folder)
        config = RunConfig(**resume.settings_of(stored, folder))
    except (UsageError, KeyError):
        return None
    resumable = stored["resume"]["code"].items() <= code.items() and is_marked(folder)
    return identity_of(config, stored.get("sha256")) if resumable else None


def identity_of(config: RunConfig, sha256: dict[str, str]) -> tuple[RunConfig, str]:
    """Return what identifies a run: its `RunConfig`, and the arrays that it is trained on."""
    return config, json.dumps(sha256, sort_keys=True)


def is_marked(folder: Path) -> bool:
    """Return whether a run is marked as trained beside others, or can still be marked."""
    file = folder / "environment.json"
    return not file.exists() or was_beside_other_runs(folder)


def check_none_is_running(plan: list[Planned]) -> None:
    """Raise `UsageError` if another process trains a cell."""
    running = [item.folders[0] for item in plan if item.state == RUNNING]
    if running:
        raise UsageError(refusal(running[0]))


def to_train(plan: list[Planned], retry_failed: bool) -> list[Cell]:
    """Return the cells that are to be trained."""
    wanted = (CUT_OFF, TO_DO, FAILED) if retry_failed else (CUT_OFF, TO_DO)
    return [item.cell for item in plan if item.state in wanted]


def counts_text(plan: list[Planned]) -> str:
    """Return how many cells there are of each state, such as "12 cells: 3 done, 9 to do"."""
    counts = Counter(item.state for item in plan)
    shown = ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state])
    return f"{count(len(plan), 'cell')}: {shown}"
