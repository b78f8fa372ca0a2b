"""What is there already of a cell is told by the runs in the folder, whoever made them."""

import json

import pytest

from harness.base.errors import UsageError
from harness.results.code_version import code_version
from harness.results.lock import only_writer
from harness.sweep.cell import run_cell
from harness.sweep.plan import check_none_is_running, counts_text, plan_of, to_train
from harness.training.numpy_trainer import NumpyTrainer
from tests.harness.runs import folder_below, interrupt_in_epoch, run_here
from tests.harness.sweep.sweeps import cells_of, sweep_to, write_model, write_tiny_data

CODE = code_version(("numpy",))


def states_of(cells, out, code=CODE):
    """Return the states of cells."""
    return [item.state for item in plan_of(cells, out, code)]


def cut_off(monkeypatch, cell, out):
    """Run a cell up to its last epoch, and return its folder."""
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, cell.config.epochs)
        with pytest.raises(KeyboardInterrupt):
            run_cell(cell, sweep_to(out))
    return folder_below(out)


def test_without_a_folder_everything_is_to_do(tiny, tmp_path):
    assert states_of(cells_of(tiny, seeds=[0, 1]), tmp_path / "out") == ["to do", "to do"]


def test_a_cell_is_done_if_a_run_by_hand_has_it_among_other_seeds(tiny, tmp_path, monkeypatch):
    flags = ("--dataset", tiny, "--models", "numpy", "--seeds", 0, 2, "--epochs", 1, "--out", tmp_path / "out")
    assert run_here(monkeypatch, *flags) == 0
    assert states_of(cells_of(tiny, seeds=range(3)), tmp_path / "out") == ["done", "to do", "done"]


def test_models_of_a_cell_may_be_in_two_runs(tiny, tmp_path, monkeypatch):
    own = str(write_model(tmp_path / "own.py"))
    for model in ("numpy", own):
        flags = ("--dataset", tiny, "--models", model, "--epochs", 1, "--out", tmp_path / "out")
        assert run_here(monkeypatch, *flags) == 0
    (item,) = plan_of(cells_of(tiny, models=[own, "numpy"]), tmp_path / "out", CODE)
    assert item.state == "done" and len(item.folders) == 2


@pytest.mark.parametrize("changed", [{"epochs": [2]}, {"batch_size": [2]}, {"learning_rate": [0.1]}, {"limit": [4]}])
def test_other_settings_are_another_cell(tiny, tmp_path, changed):
    (cell,) = cells_of(tiny)
    run_cell(cell, sweep_to(tmp_path / "out"))
    assert states_of([cell, *cells_of(tiny, **changed)], tmp_path / "out") == ["done", "to do"]


def test_other_data_of_the_same_name_are_another_cell(tiny, tmp_path):
    (cell,) = cells_of(tiny)
    run_cell(cell, sweep_to(tmp_path / "out"))
    write_tiny_data(tiny, seed=1)
    assert states_of(cells_of(tiny), tmp_path / "out") == ["to do"]


def test_a_cell_is_cut_off_until_the_code_changes(tiny, tmp_path, monkeypatch):
    (cell,) = cells_of(tiny, epochs=[2])
    folder = cut_off(monkeypatch, cell, tmp_path / "out")
    (item,) = plan_of([cell], tmp_path / "out", CODE)
    assert (item.state, item.folders) == ("cut off", (folder,))
    assert states_of([cell], tmp_path / "out", CODE | {"numpy": "0"}) == ["to do"]


def test_a_cell_that_another_process_trains_stops_the_sweep(tiny, tmp_path, monkeypatch):
    (cell,) = cells_of(tiny, epochs=[2])
    folder = cut_off(monkeypatch, cell, tmp_path / "out")
    with only_writer(folder):
        plan = plan_of([cell], tmp_path / "out", CODE)
        assert plan[0].state == "running"
        with pytest.raises(UsageError, match="another process is writing into"):
            check_none_is_running(plan)


def test_a_failed_cell_is_trained_again_only_on_request(tiny, tmp_path, monkeypatch):
    def diverge(self, *arguments):
        raise FloatingPointError("loss is nan")

    cells = cells_of(tiny, seeds=[0, 1])
    with monkeypatch.context() as patch:
        patch.setattr(NumpyTrainer, "train_epoch", diverge)
        run_cell(cells[0], sweep_to(tmp_path / "out"))
    plan = plan_of(cells, tmp_path / "out", CODE)
    assert [item.state for item in plan] == ["failed", "to do"] and plan[0].message == "numpy: loss is nan"
    assert to_train(plan, retry_failed=False) == cells[1:]
    assert to_train(plan, retry_failed=True) == cells
    assert counts_text(plan) == "2 cells: 1 failed, 1 to do"


@pytest.mark.parametrize(
    "content", ["", "{}", "[1", '{"resume": 1}', '{"resume": {"dataset": "x", "models": [], "code": {}}}']
)
def test_folders_of_others_are_passed_over(tiny, tmp_path, content):
    folder = tmp_path / "out" / "tiny" / "identical" / "mine"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(content)
    assert states_of(cells_of(tiny), tmp_path / "out") == ["to do"]


def test_a_damaged_environment_does_not_count_as_marked(tiny, tmp_path, monkeypatch):
    (cell,) = cells_of(tiny, epochs=[2])
    folder = cut_off(monkeypatch, cell, tmp_path / "out")
    environment = json.loads((folder / "environment.json").read_text())
    (folder / "environment.json").write_text(json.dumps(environment | {"beside_other_runs": "yes"}))
    assert states_of([cell], tmp_path / "out") == ["to do"]
