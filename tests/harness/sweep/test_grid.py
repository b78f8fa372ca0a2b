"""Flags become cells, and wrong ones a message."""

import pytest

from harness.base.errors import UsageError
from harness.experiments.seeds import seeds_from
from harness.sweep.grid import make_cells, settings_from
from tests.harness.sweep.sweeps import cells_of, write_tiny_data


def test_cells_are_every_combination_and_seeds_vary_fastest():
    cells = make_cells(["fashion", "mnist"], ["identical"], ["numpy"], [0, 1], {"learning_rate": [0.001, 0.01]})
    assert [cell.label for cell in cells[:3]] == [
        "fashion identical learning_rate=0.001 seed 0",
        "fashion identical learning_rate=0.001 seed 1",
        "fashion identical learning_rate=0.01 seed 0",
    ]
    assert len({cell.config for cell in cells}) == len(cells) == 8


def test_a_cell_is_filled_and_has_one_seed_and_one_thread():
    (cell,) = make_cells(None, ["adam"], ["numpy", "keras"], [7], {})
    config = cell.config
    assert (config.dataset, config.seeds, config.threads, config.batch_size) == ("mnist", (7,), 1, 32)
    assert cell.dataset_name == "mnist" and set(cell.sha256) == {"x_train", "y_train", "x_test", "y_test"}


def test_a_file_has_an_absolute_path_as_workers_may_run_elsewhere(tmp_path, monkeypatch):
    path = write_tiny_data(tmp_path / "tiny.npz")
    monkeypatch.chdir(tmp_path)
    (cell,) = cells_of("tiny.npz")
    assert cell.config.dataset == str(path) and cell.dataset_name == "tiny"


def test_seeds_are_numbers_and_ranges_with_both_ends():
    assert seeds_from(["3", "0..2", "7..7"]) == [3, 0, 1, 2, 7]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("9..0", "names 0 seeds"),
        ("0..", "allowed are whole numbers"),
        ("-1", "allowed are whole numbers"),
        ("0-9", "ranges such as 0..9"),
        ("1.5", "allowed are whole numbers"),
        ("0..99999999", "names 100,000,000 seeds"),
        ("٣", "allowed are whole numbers"),
    ],
)
def test_seeds_that_are_malformed_or_none_are_told(text, words):
    with pytest.raises(UsageError, match=words):
        seeds_from([text])


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (
            ["momentum=0.9"],
            "unknown parameter of --set 'momentum'; allowed are learning_rate, batch_size, epochs, limit",
        ),
        (["learning_rate"], "allowed are numbers with commas between"),
        (["learning_rate="], "allowed are numbers with commas between"),
        (["batch_size=1.5"], "allowed are whole numbers with commas between"),
        (["learning_rate=0.001,1e-3"], "name each once"),
        (["batch_size=1", "batch_size=2"], "batch_size is given twice"),
        (["epochs=1,2"], "epochs is given twice"),
    ],
)
def test_settings_that_are_unknown_malformed_or_doubled_are_told(texts, words):
    with pytest.raises(UsageError, match=words):
        settings_from(texts, epochs=3)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"datasets": ["mnist", "mnist"]}, "data sets are mnist mnist; name each once"),
        ({"datasets": ["cifar"]}, "no data set is called 'cifar'"),
        ({"experiments": ["identical", "identical"]}, "name each once"),
        ({"experiments": ["other"]}, "unknown experiment"),
        ({"models": ["jax"]}, "unknown model"),
        ({"seeds": [1, 1]}, "name each once"),
        ({"seeds": []}, "no seeds given"),
        ({"settings": {"learning_rate": [0.1, float("nan")]}}, "learning rate is nan"),
        ({"settings": {"batch_size": [0]}}, "batch size is 0"),
        ({"seeds": range(5001), "settings": {"batch_size": [1, 2]}}, "the grid has 10,002 cells"),
    ],
)
def test_a_grid_that_cannot_be_is_told(changed, words):
    grid = {"datasets": ["mnist"], "experiments": ["identical"], "models": ["numpy"], "seeds": [0], "settings": {}}
    with pytest.raises(UsageError, match=words):
        make_cells(**grid | changed)


def test_two_files_with_the_same_arrays_are_one_data_set(tmp_path):
    paths = [str(write_tiny_data(tmp_path / f"{name}.npz")) for name in "ab"]
    with pytest.raises(UsageError, match="hold the same arrays"):
        make_cells(paths, ["identical"], ["numpy"], [0], {})
