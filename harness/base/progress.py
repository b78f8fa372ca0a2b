"""What a person sees while models train: a bar on a terminal, one line per epoch elsewhere."""

import contextlib
import math
import sys
import threading


def line_of_epoch(record):
    """Return one line that says how an epoch went."""
    return (
        f"{record.model} seed {record.seed} epoch {record.epoch}: "
        f"train loss {number(record.train_loss)} accuracy {number(record.train_accuracy)}, "
        f"test loss {record.test_loss:.4f} accuracy {record.test_accuracy:.4f} macro-F1 {record.test_macro_f1:.4f}, "
        f"{record.wall_seconds:.2f} s"
    )


def number(value):
    """Return a score with four digits; a user's model may not tell its scores while it trains."""
    return "not told" if math.isnan(value) else f"{value:.4f}"


@contextlib.contextmanager
def progress_bar(trainer, label, n_steps):
    """Show the steps of an epoch while the body runs, if standard error is a terminal.

    A second thread reads the trainer's count of steps twice a second. What trains is not told, so it is not slowed.
    """
    if not sys.stderr.isatty():
        yield
        return
    from tqdm import tqdm

    first = trainer.steps_done
    finished = threading.Event()
    with tqdm(total=n_steps, desc=label, unit="step", leave=False) as bar:

        def follow():
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
