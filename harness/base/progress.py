"""What a person sees while models train: a bar on a terminal, one line per epoch elsewhere."""

import contextlib
import math
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any, Protocol


class Trainer(Protocol):
    """What counts the steps that it has done."""

    steps_done: int


def line_of_epoch(record: Any) -> str:
    """Return one line that says how an epoch went."""
    return (
        f"{record.model} seed {record.seed} epoch {record.epoch}: "
        f"train loss {number(record.train_loss)} accuracy {number(record.train_accuracy)}, "
        f"test loss {record.test_loss:.4f} accuracy {record.test_accuracy:.4f} macro-F1 {record.test_macro_f1:.4f}, "
        f"{record.wall_seconds:.2f} s"
    )


def number(value: float) -> str:
    """Return a score with four digits; a user's model may have none while it trains."""
    return "n/a" if math.isnan(value) else f"{value:.4f}"


@contextlib.contextmanager
def progress_bar(trainer: Trainer, label: str, n_steps: int) -> Iterator[None]:
    """Show the steps of an epoch while the body runs, on a terminal or in a notebook.

    A second thread reads the trainer's count of steps twice a second. So what trains is not slowed.
    """
    if not (sys.stderr.isatty() or is_notebook()):
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without ipywidgets it is a bar of letters, and says so
        from tqdm.auto import tqdm

    first = trainer.steps_done
    finished = threading.Event()
    with tqdm(total=n_steps, desc=label, unit="step", leave=False) as bar:

        def follow() -> None:
            while not finished.wait(0.5):
                bar.update(trainer.steps_done - first - bar.n)

        thread = threading.Thread(target=follow, daemon=True)
        with contextlib.suppress(RuntimeError):  # where the system allows no further thread, the bar shows the end
            thread.start()
        try:
            yield
        finally:
            finished.set()
            if thread.ident:
                thread.join()
            bar.update(trainer.steps_done - first - bar.n)
            bar.refresh()


def is_notebook() -> bool:
    """Return whether a notebook runs this process."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
