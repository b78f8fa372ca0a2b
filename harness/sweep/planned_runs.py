"""The runs of a plan, all from the code of one commit, whatever the code is by now.

Runs take hours, and what is finished is committed in between, with changes of texts and tables. So a plan is not run by
the code that is checked out, but by that of the commit at which the plan itself was last changed: whoever changes the
plan begins anew. This process only hands out the studies, one after the other. Each is an ordinary sweep, the command
that people give, in a process of its own in a temporary worktree of that commit; so the sweep finds what is there, goes
on where it was cut off, and every run has the commit on record, as it was made by a checkout of it.

The runs stand below `results/planned/<commit>/`, so those of two commits never meet.
"""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.base.command import INTERRUPTED, warn
from harness.base.errors import ModelError
from harness.sweep.checkout import commit_of, files_of_commit, top_of
from harness.sweep.grid import place_of
from harness.sweep.study_plan import PlannedStudy, read_plan

SECONDS_TO_STOP = 60


@dataclass(frozen=True)
class Options:
    """How the runs of a plan are made.

    Attributes:
        data_dir: folder to look for data sets in first, or `None`.
        workers: how many runs at a time; `None` for one per core.
        retry_failed: whether failed runs are made again.
        dry_run: whether to print what is there of each run, and to train nothing.
    """

    data_dir: str | None = None
    workers: int | None = None
    retry_failed: bool = False
    dry_run: bool = False


def run_plan(path: str | Path, options: Options) -> int:
    """Make the runs of a plan that are not there yet, and return the exit code.

    Args:
        path: of the plan.
        options: how.

    Raises:
        UsageError: if the plan cannot be read, or is not committed as it is.
    """
    studies = read_plan(path)
    commit, top = commit_of(path), top_of(path)
    out = top / "results" / "planned" / commit[:12]
    failed = []
    with files_of_commit(top, commit) as folder:
        for number, study in enumerate(studies, start=1):
            warn(f"study {number} of {len(studies)}: {study.name}")
            exit_code = run_study(study, folder, out, options)
            if exit_code == ModelError.exit_code:
                failed.append(study.name)
            elif exit_code:
                return exit_code
    if failed:
        warn(f"runs failed in {len(failed)} of {len(studies)} studies: {', '.join(failed)}")
        return ModelError.exit_code
    return 0


def run_study(study: PlannedStudy, folder: Path, out: Path, options: Options) -> int:
    """Sweep over one study with the code in a folder, and return the exit code."""
    command = [sys.executable, "-m", "harness.sweep", *flags_of(study, out), *flags_of_options(options)]
    # In a session of its own, so that Ctrl-C comes once, from here.
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": str(folder)}, start_new_session=True
    )
    try:
        exit_code = process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        process.wait(SECONDS_TO_STOP)
        raise
    if exit_code == INTERRUPTED:
        raise KeyboardInterrupt
    if exit_code < 0:
        raise ModelError(f"the sweep of {study.name} was killed by signal {-exit_code}; the same command goes on")
    return exit_code


def flags_of(study: PlannedStudy, out: Path) -> list[str]:
    """Return the flags of a sweep over a study."""
    numbers = {"--epochs": study.epochs, "--limit": study.limit}
    numbers["--keras-steps-per-execution"] = study.keras_steps_per_execution
    return [
        *("--datasets", place_of(study.dataset)),
        *("--experiments", *study.experiments),
        *("--models", *study.models),
        *("--seeds", *study.seeds.split()),
        *(text for flag, number in numbers.items() if number is not None for text in (flag, str(number))),
        *("--out", str(out)),
    ]


def flags_of_options(options: Options) -> list[str]:
    """Return the flags of a sweep that say how its runs are made."""
    values = {"--data-dir": options.data_dir and os.path.abspath(options.data_dir), "--workers": options.workers}
    switches = {"--retry-failed": options.retry_failed, "--dry-run": options.dry_run}
    return [
        *(text for flag, value in values.items() if value is not None for text in (flag, str(value))),
        *(flag for flag, is_given in switches.items() if is_given),
    ]
