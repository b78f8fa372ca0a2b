"""One sweep of a plan: the command that people give, with the code in another folder, in a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.base.command import INTERRUPTED
from harness.base.errors import ModelError
from harness.experiments.study_plan import PlannedStudy
from harness.sweep.grid import place_of

SECONDS_BETWEEN_LOOKS = 60
SECONDS_TO_STOP = 60


@dataclass(frozen=True)
class Options:
    """How the runs of a plan are made.

    Attributes:
        data_dir: folder to look for data sets in first, or `None`.
        workers: how many runs at a time; `None` for one per core.
        retry_failed: whether failed runs are made again.
        dry_run: whether to print what is there of each study, and to train nothing.
    """

    data_dir: str | None = None
    workers: int | None = None
    retry_failed: bool = False
    dry_run: bool = False


def sweep_over(study: PlannedStudy, code: Path, out: Path, options: Options, look: Callable[[], None]) -> int:
    """Sweep over a study, and return the exit code of the sweep.

    Args:
        study: a `PlannedStudy`.
        code: folder of the code.
        out: where run folders are made.
        options: how.
        look: is called once a minute, and at the end.

    Raises:
        ModelError: if the process was killed.
    """
    command = [sys.executable, "-m", "harness.sweep", *flags_of(study, out), *flags_of_options(options)]
    environment = os.environ | {"PYTHONPATH": str(code)}
    # In a session of its own, so that Ctrl-C comes once, from here. Its table would be one of some of the runs.
    process = subprocess.Popen(command, cwd=code, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        while (exit_code := wait_a_while(process)) is None:
            look()
    except BaseException:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_STOP)
        process.kill()
        raise
    if exit_code == INTERRUPTED:
        raise KeyboardInterrupt
    if exit_code < 0:
        raise ModelError(f"the sweep of {study.name} was killed by signal {-exit_code}; the same command goes on")
    look()
    return exit_code


def wait_a_while(process: subprocess.Popen) -> int | None:
    """Return the exit code of a process, or `None` if it goes on for longer than is waited."""
    try:
        return process.wait(SECONDS_BETWEEN_LOOKS)
    except subprocess.TimeoutExpired:
        return None


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
    return [
        *(text for flag, value in values.items() if value is not None for text in (flag, str(value))),
        *(["--retry-failed"] if options.retry_failed else []),
    ]
