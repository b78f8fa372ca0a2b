"""A cell is an ordinary run, marked as one beside others, and goes on where it was cut off."""

import dataclasses
import json

import numpy as np
import pytest

from harness.results.code_version import code_version
from harness.results.lock import only_writer
from harness.sweep import cell as cells_module
from harness.sweep.cell import run_cell
from harness.sweep.grid import make_cells
from harness.training.numpy_trainer import NumpyTrainer
from tests.harness.runs import assert_ends_alike, folder_below, interrupt_in_epoch, run_here
from tests.harness.sweep.sweeps import (
    cells_of,
    scores_below,
    sweep_to,
    write_model,
    write_tiny_data,
)


def diverge(self, x, y, batch_size, epoch=1):
    raise FloatingPointError("loss is nan")


@pytest.mark.processor
def test_a_cell_ends_as_the_same_run_of_harness_run(tiny, tmp_path, monkeypatch):
    (cell,) = cells_of(tiny, seeds=[3], epochs=[2], batch_size=[4])
    outcome = run_cell(cell, sweep_to(tmp_path / "sweep"))
    assert outcome.error == "" and outcome.seconds > 0
    flags = ("--seeds", 3, "--epochs", 2, "--batch-size", 4, "--threads", 1)
    assert run_here(monkeypatch, "--dataset", tiny, "--models", "numpy", *flags, "--out", tmp_path / "run") == 0
    alone = folder_below(tmp_path / "run")
    assert_ends_alike(outcome.folder, alone)
    configs = [json.loads((folder / "config.json").read_text()) for folder in (outcome.folder, alone)]
    assert configs[0] == configs[1]


def test_keras_comes_to_the_same_in_the_third_cell_of_a_process_as_in_the_first(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("keras_model.set_threads", lambda n_threads: None)  # TensorFlow has started with another number
    first, second = cells_of(tiny, [2, 0], ["keras"])
    once, again = (sweep_to(tmp_path / name, ["keras"]) for name in ("once", "again"))
    for cell, sweep in ((first, once), (second, again), (first, again)):
        assert run_cell(cell, sweep).error == ""
    assert scores_below(tmp_path / "once") == [row for row in scores_below(tmp_path / "again") if row[1] == 2]


@pytest.mark.processor
def test_several_keras_steps_in_one_call_are_on_record_and_change_no_score(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("keras_model.set_threads", lambda n_threads: None)  # TensorFlow has started with another number
    scores = []
    for steps in (1, 3):
        (cell,) = make_cells([str(tiny)], ["identical"], ["keras"], [0], {}, keras_steps_per_execution=steps)
        folder = run_cell(cell, sweep_to(tmp_path / str(steps), ["keras"])).folder
        assert json.loads((folder / "config.json").read_text())["keras_steps_per_execution"] == steps
        scores.append(scores_below(tmp_path / str(steps)))
    assert scores[0] == scores[1]


def test_a_cell_with_several_keras_steps_in_one_call_is_resumed_as_such(tiny, tmp_path, monkeypatch):
    (cell,) = make_cells([str(tiny)], ["identical"], ["numpy"], [0], {}, keras_steps_per_execution=3)
    sweep = sweep_to(tmp_path / "out")
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 3)
        with pytest.raises(KeyboardInterrupt):
            run_cell(cell, sweep)
    cut_off = folder_below(tmp_path / "out")
    assert run_cell(cell, sweep).folder == cut_off


def test_a_cell_says_that_others_are_trained_beside_it_and_which_command_asked_for_it(tiny, tmp_path):
    (cell,) = cells_of(tiny)
    outcome = run_cell(cell, sweep_to(tmp_path / "out"))
    environment = json.loads((outcome.folder / "environment.json").read_text())
    assert environment["beside_other_runs"] is True and environment["command"] == "the command"
    assert (outcome.folder / "table.md").exists() and not (outcome.folder / "plots").exists()


def test_a_cell_draws_its_plots_if_asked_to(tiny, tmp_path):
    (cell,) = cells_of(tiny)
    sweep = dataclasses.replace(sweep_to(tmp_path / "out"), plots=True)
    assert (run_cell(cell, sweep).folder / "plots" / "learning_curves.png").exists()


def test_a_cell_that_was_cut_off_is_resumed_and_ends_as_if_it_had_not_been(tiny, tmp_path, monkeypatch):
    (cell,) = cells_of(tiny, epochs=[3])
    sweep = sweep_to(tmp_path / "out")
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 3)
        with pytest.raises(KeyboardInterrupt):
            run_cell(cell, sweep)
    cut_off = folder_below(tmp_path / "out")
    assert not (cut_off / "table.md").exists()
    trained, train_epoch = [], NumpyTrainer.train_epoch

    def count(self, x, y, batch_size, epoch=1):
        trained.append(epoch)
        return train_epoch(self, x, y, batch_size, epoch)

    with monkeypatch.context() as patch:
        patch.setattr(NumpyTrainer, "train_epoch", count)
        outcome = run_cell(cell, sweep)
    assert (outcome.folder, outcome.error) == (cut_off, "")
    assert trained == [1, 3]  # the first is the warm-up
    whole = run_cell(cell, sweep_to(tmp_path / "whole")).folder
    assert_ends_alike(cut_off, whole)


def test_a_run_that_was_cut_off_while_alone_is_left_as_it_is(tiny, tmp_path, monkeypatch):
    (cell,) = cells_of(tiny, epochs=[2])
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 2)
        run_here(
            patch, "--dataset", tiny, "--models", "numpy", "--epochs", 2, "--threads", 1, "--out", tmp_path / "out"
        )
    alone = folder_below(tmp_path / "out")
    assert run_cell(cell, sweep_to(tmp_path / "out")).folder != alone


def test_a_failed_model_is_told_and_kept_and_is_tried_again_in_its_folder(tiny, tmp_path, monkeypatch):
    (cell,) = cells_of(tiny, models=["numpy", str(write_model(tmp_path / "own.py"))])
    sweep = sweep_to(tmp_path / "out", cell.config.models)
    with monkeypatch.context() as patch:
        patch.setattr(NumpyTrainer, "train_epoch", diverge)
        failed = run_cell(cell, sweep)
    assert "numpy with seed 0: loss is nan" in failed.error and (failed.folder / "failures.json").exists()
    again = run_cell(cell, sweep)
    assert (again.folder, again.error) == (failed.folder, "")
    assert not (failed.folder / "failures.json").exists()


def test_a_worker_that_holds_the_folder_is_waited_for_and_then_told_of(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(cells_module, "SECONDS_TO_DIE", 0.2)
    (cell,) = cells_of(tiny, epochs=[2])
    sweep = sweep_to(tmp_path / "out")
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            run_cell(cell, sweep)
    with only_writer(folder_below(tmp_path / "out")):
        assert "another process is writing into" in run_cell(cell, sweep).error


def test_a_worker_with_other_code_is_told_and_writes_nothing(tiny, tmp_path):
    (cell,) = cells_of(tiny)
    sweep = sweep_to(tmp_path / "out")
    sweep = dataclasses.replace(sweep, code=sweep.code | {"training code": "0123456789abcdef"})
    error = run_cell(cell, sweep).error
    here = code_version(())["training code"]
    assert f"another version of the code: training code is {here} there and 0123456789abcdef here" in error
    assert "worker process" in error and not list((tmp_path / "out").iterdir())


def test_a_worker_goes_by_the_code_that_it_imported_and_not_by_files_changed_since(tiny, tmp_path, monkeypatch):
    (cell,) = cells_of(tiny)
    monkeypatch.setattr(cells_module, "IMPORTED_CODE", {"training code": "older"})
    assert "training code is older there" in run_cell(cell, sweep_to(tmp_path / "out")).error


def test_a_worker_without_the_data_or_with_other_data_is_told_and_writes_nothing(tiny, tmp_path):
    (cell,) = cells_of(tiny)
    sweep = sweep_to(tmp_path / "out")
    write_tiny_data(tiny, seed=1)
    assert "the sha256 of x_train, x_test differs" in run_cell(cell, sweep).error
    tiny.unlink()
    cells_module.load_once.cache_clear()
    assert str(tiny) in run_cell(cell, sweep).error
    assert not list((tmp_path / "out").iterdir())


def test_data_that_were_put_right_are_read_again(tiny, tmp_path):
    (cell,) = cells_of(tiny)
    write_tiny_data(tiny, seed=1)
    assert "the sha256 of x_train, x_test differs" in run_cell(cell, sweep_to(tmp_path / "out")).error
    write_tiny_data(tiny)
    assert run_cell(cell, sweep_to(tmp_path / "out")).error == ""


def test_a_worker_that_does_not_see_the_folder_is_told(tiny, tmp_path):
    (cell,) = cells_of(tiny)
    sweep = dataclasses.replace(sweep_to(tmp_path / "out"), out=str(tmp_path / "elsewhere"))
    assert "does not see the folder" in run_cell(cell, sweep).error
    assert not (tmp_path / "elsewhere").exists()


def test_whatever_a_cell_raises_is_its_outcome(tiny, tmp_path, monkeypatch):
    def full(*arguments, **arrays):
        raise OSError(28, "No space left on device")

    (cell,) = cells_of(tiny)
    sweep = sweep_to(tmp_path / "out")
    monkeypatch.setattr(np, "savez_compressed", full)
    monkeypatch.setattr(np, "savez", full)
    assert "No space left on device" in run_cell(cell, sweep).error
