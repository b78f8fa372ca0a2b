"""Records to and from a run's folder."""

import os

import pytest

from harness.base.errors import UsageError
from harness.results import COLUMNS, N_CONTRACT_COLUMNS, EpochRecord, create_run_folder, read_config, read_epochs

RECORD = EpochRecord("fashion", "identical", "numpy", 0, 1, 0.5, 0.8, 0.4, 0.85, 0.84, 12.5, 1.5, 0.1, 0.0)


def test_epochs_are_read_as_they_were_written(tmp_path):
    folder = create_run_folder(tmp_path, "fashion", "identical")
    folder.write_epochs([])
    folder.append_epoch(RECORD)
    epochs = read_epochs(folder.path)
    assert tuple(epochs.columns) == COLUMNS
    assert tuple(epochs.iloc[0]) == tuple(vars(RECORD).values())


def test_the_columns_of_the_contract_come_first_and_in_its_order():
    assert COLUMNS[:N_CONTRACT_COLUMNS] == (
        "dataset", "experiment", "model", "seed", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy",
        "test_macro_f1", "wall_seconds", "eval_seconds",
    )  # fmt: skip


def test_a_row_is_on_the_disk_when_its_epoch_ends(tmp_path):
    folder = create_run_folder(tmp_path, "fashion", "identical")
    folder.write_epochs([])
    folder.append_epoch(RECORD)
    assert (folder.path / "epochs.csv").read_text().count("\n") == 2


def test_two_runs_in_one_second_have_folders_of_their_own(tmp_path):
    folders = {create_run_folder(tmp_path, "fashion", "identical").path for _ in range(3)}
    assert len(folders) == 3
    assert all(folder.parent == tmp_path / "fashion" / "identical" for folder in folders)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written"):
        create_run_folder(tmp_path, "fashion", "identical")


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(UsageError, match="--out"):
        create_run_folder(tmp_path / "results", "fashion", "identical")


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"epochs\.csv cannot be read"):
        read_epochs(tmp_path)
    with pytest.raises(UsageError, match=r"config\.json cannot be read"):
        read_config(tmp_path)


def test_a_missing_column_is_named(tmp_path):
    (tmp_path / "epochs.csv").write_text("dataset,model\nfashion,numpy\n")
    with pytest.raises(UsageError, match="test_macro_f1"):
        read_epochs(tmp_path)


def test_a_run_of_a_format_that_is_not_known_is_refused_with_both_formats(tmp_path):
    (tmp_path / "config.json").write_text('{"format": 7}')
    with pytest.raises(UsageError, match=r"config\.json .* format 7, and this version reads format 1"):
        read_config(tmp_path)


def test_a_run_from_before_formats_had_numbers_is_read(tmp_path):
    (tmp_path / "config.json").write_text('{"dataset": "fashion"}')
    assert read_config(tmp_path) == {"dataset": "fashion"}


def test_a_configuration_that_is_no_dictionary_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(UsageError, match="list, not a dictionary"):
        read_config(tmp_path)
