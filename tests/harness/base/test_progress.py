"""What a person sees while models train."""

import io
import sys
import threading
from types import SimpleNamespace

from harness.base.progress import line_of_epoch, progress_bar
from harness.results import EpochRecord


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_a_bar_with_the_steps_that_were_taken(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    trainer = SimpleNamespace(steps_done=40)
    with progress_bar(trainer, "numpy, seed 0, epoch 1/3", n_steps=200):
        trainer.steps_done = 190
    assert "numpy, seed 0, epoch 1/3" in terminal.getvalue()
    assert "150/200" in terminal.getvalue()


def test_a_notebook_sees_a_bar_and_the_shell_of_ipython_and_a_pipe_see_none(monkeypatch):
    shown = {}
    for shell in (SimpleNamespace(kernel=None), SimpleNamespace(), None):
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda shell=shell: shell))
        with progress_bar(SimpleNamespace(steps_done=0), "numpy", n_steps=20):
            pass
        shown[str(shell)] = "numpy" in stream.getvalue()
    assert list(shown.values()) == [True, False, False]


def test_where_no_thread_can_be_started_the_bar_shows_the_end(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    trainer = SimpleNamespace(steps_done=0)
    with progress_bar(trainer, "numpy", n_steps=20):
        trainer.steps_done = 20
    assert "20/20" in terminal.getvalue()


def test_a_pipe_sees_no_bar(monkeypatch):
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    with progress_bar(SimpleNamespace(steps_done=0), "numpy", n_steps=10):
        pass
    assert pipe.getvalue() == ""


def test_a_line_of_an_epoch_names_model_seed_and_epoch_and_all_scores():
    record = EpochRecord("fashion", "identical", "keras", 3, 2, 0.5, 0.81, 0.4, 0.85, 0.84, 12.5, 1.5, 0.1, 0.0)
    assert line_of_epoch(record) == (
        "keras seed 3 epoch 2: train loss 0.5000 accuracy 0.8100, "
        "test loss 0.4000 accuracy 0.8500 macro-F1 0.8400, 12.50 s"
    )
