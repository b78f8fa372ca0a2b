"""The runs of a plan, all from the code of one commit, whatever the code is by now.

Runs take hours, and what is finished is committed in between, with changes of texts and tables. So a plan is not run by
the code that is checked out, but by that of the commit at which the plan itself was last changed: whoever changes the
plan begins anew. This process looks for what is missing. For each experiment with missing seeds it calls an ordinary
sweep in a temporary worktree of that commit (`harness.sweep.planned_sweep`): so a sweep goes on where it was cut off,
and every run has the commit on record, as it was made by a checkout of it.

Runs are made below `results/planned/<commit>/`, where those of two commits never meet. Once a minute, the finished ones
are put together in `studies/` beside the plan (`harness.sweep.gather`), which is what is committed and looked at for
what is missing. A run of another commit there is an error.
"""

import shutil
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from harness.base.command import warn
from harness.base.errors import ModelError
from harness.base.files import make_folder
from harness.base.markdown import markdown
from harness.base.numbers import seeds_text
from harness.experiments.study_plan import PlannedStudy, read_plan
from harness.results.lock import only_writer
from harness.results.studies import find_studies
from harness.summaries.scores import count
from harness.sweep.checkout import commit_of, files_of_commit, top_of
from harness.sweep.gather import check_commit, gather
from harness.sweep.grid import make_cells
from harness.sweep.plan import DONE, plan_of
from harness.sweep.planned_sweep import Options, sweep_over
from harness.sweep.sweep import code_of
from harness.tables import tables_of_all


@dataclass(frozen=True)
class Places:
    """Where a plan and its runs are.

    Attributes:
        top: folder of the checkout.
        commit: of the plan.
        runs: folder of the runs as they are made.
        out: folder of the finished ones, put together.
        command: that makes them, from the top folder.
    """

    top: Path
    commit: str
    runs: Path
    out: Path
    command: str

    def gather(self) -> None:
        """Put finished runs together."""
        gather(self.runs, self.out, self.commit, self.command)


def places_of(path: str | Path) -> Places:
    """Return the `Places` of a plan; UsageError if it is not committed as it is."""
    path, top, commit = Path(path).resolve(), top_of(path), commit_of(path)
    runs = top / "results" / "planned" / commit[:12]
    command = f"python -m harness.sweep --plan {path.relative_to(top)}"
    return Places(top, commit, runs, path.parent / "studies", command)


def run_plan(path: str | Path, options: Options) -> int:
    """Make the runs of a plan that are not there yet, print the tables of all, and return the exit code.

    Args:
        path: of the plan.
        options: how.

    Raises:
        UsageError: if the plan cannot be read, or is not committed as it is, or a run of it is of another commit.
    """
    studies, places = read_plan(path), places_of(path)
    parts = [replace(study, experiments=(name,)) for study in studies for name in study.experiments]
    if options.dry_run:
        return print_missing(parts, places)
    make_folder(places.out)
    with only_writer(places.out):
        places.gather()
        missing = [(part, missing_seeds(part, places)) for part in parts]
        todo = [(part, seeds) for part, seeds in missing if seeds]
        n_missing = sum(len(seeds) for _, seeds in todo)
        n_all = sum(len(part.seed_numbers) for part in parts)
        warn(f"{n_missing} of {n_all} runs to do" if todo else f"all {n_all} runs are there; nothing is left to do")
        exit_code = make_all(todo, places, options) if todo else 0
    if any(places.out.rglob("epochs.csv")):
        print(tables_of_all(find_studies([places.out])))
    return exit_code


def missing_seeds(part: PlannedStudy, places: Places) -> list[int]:
    """Return the seeds of one experiment of a study that are not there with all models."""
    settings = {name: [getattr(part, name)] for name in ("epochs", "limit") if getattr(part, name) is not None}
    cells = make_cells([part.dataset], part.experiments, part.models, part.seed_numbers, settings)
    plan = plan_of(cells, places.out, code_of(cells))
    for folder in {folder for item in plan if item.state == DONE for folder in item.folders}:
        check_commit(folder, places.commit)
    return [seed for item in plan if item.state != DONE for seed in item.cell.config.seeds]


def print_missing(parts: list[PlannedStudy], places: Places) -> int:
    """Print how much is there of each study, and return the exit code."""
    rows = []
    for part in parts:
        missing = missing_seeds(part, places)
        counts = f"{len(part.seed_numbers) - len(missing)} of {len(part.seed_numbers)}"
        rows.append((part.name, *part.experiments, part.dataset, " ".join(part.models), counts, seeds_text(missing)))
    heading = ("study", "experiment", "data set", "models", "seeds", "missing")
    print("\n".join(markdown([heading, *rows], n_names=4)))
    return 0


def make_all(todo: list[tuple[PlannedStudy, list[int]]], places: Places, options: Options) -> int:
    """Make the missing seeds of experiments, one experiment after the other, and return the exit code."""
    codes = Counter()
    with ExitStack() as held:
        code = held.enter_context(files_of_commit(places.top, places.commit))
        held.callback(places.gather)
        for part, seeds in todo:
            warn(f"{part.name}: {part.dataset} {' '.join(part.experiments)}, {count(len(seeds), 'run')} to do")
            exit_code = sweep_over(
                replace(part, seeds=" ".join(map(str, seeds))), code, places.runs, options, places.gather
            )
            codes[exit_code] += 1
            if exit_code not in (0, ModelError.exit_code):
                return exit_code
    if codes[0] == len(todo):
        shutil.rmtree(places.runs)
        return 0
    warn(f"runs failed; they are in {places.runs}, and the same command with --retry-failed makes them again")
    return ModelError.exit_code
