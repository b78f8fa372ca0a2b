"""Folders of runs that others wrote, to run code, to crash, to hang or to fill the memory of whoever reads them."""

import json
import os
import time
import zipfile

import numpy as np
import pytest

from harness.base.errors import UsageError
from harness.compare.sides import read_environment
from harness.results import COLUMNS, read_config, read_epochs
from harness.results.reading import open_run
from harness.results.studies import find_studies, study_of
from tests.fuzz.limits import soon_and_small

CONFIG = {
    "dataset": "leaves", "experiment": "identical", "models": ["numpy"], "seeds": [0], "epochs": 2, "batch_size": 1,
    "learning_rate": 0.005, "limit": None, "class_names": ["oak", "ash"], "n_train": 6, "n_test": 3,
}  # fmt: skip
HEADING = ",".join(COLUMNS)


def row(model="numpy", seed=0, epoch=1):
    return f"leaves,identical,{model},{seed},{epoch},0.5,0.8,0.4,0.85,0.84,12.5,1.5,0.1,0.0"


@pytest.fixture
def folder(tmp_path):
    """The folder of a good run."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / "epochs.csv").write_text("\n".join([HEADING, row(epoch=1), row(epoch=2), ""]))
    (tmp_path / "predictions").mkdir()
    np.savez(tmp_path / "predictions" / "numpy-seed0.npz", labels=np.array([0, 1, 1]), predictions=np.array([0, 1, 0]))
    np.savez(tmp_path / "samples.npz", images=np.zeros((2, 4, 4, 1), np.uint8), labels=np.array([0, 1]))
    assert open_run(tmp_path).problems == []
    return tmp_path


# config.json

NOT_JSON = {
    "deep lists": (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
    "rather deep lists": (b'{"a": ' + b"[" * 50 + b"]" * 50 + b"}", "nested too deeply"),
    "deep dictionaries": (b'{"a":' * 100_000, "nested too deeply"),
    "not a number": (b'{"learning_rate": NaN}', "it holds NaN"),
    "infinity": (b'{"learning_rate": -Infinity}', "it holds -Infinity"),
    "a float beyond all": (b'{"learning_rate": 1e999}', "it holds 1e999"),
    "an integer of 5000 digits": (b'{"epochs": ' + b"9" * 5000 + b"}", "cannot be read"),
    "a key twice": (b'{"epochs": 1, "epochs": 2}', "a key twice"),
    "another encoding": (b'{"dataset": "\xff"}', "cannot be read: 'utf-8'"),
    "five megabytes": (b" " * 5_000_000 + b"{}", "5000002 bytes"),
}


@pytest.mark.parametrize(("content", "message"), NOT_JSON.values(), ids=NOT_JSON)
def test_a_configuration_that_is_no_honest_json_is_refused(folder, content, message):
    (folder / "config.json").write_bytes(content)
    with soon_and_small(), pytest.raises(UsageError, match=message) as refusal:
        open_run(folder)
    assert len(str(refusal.value)) < 1000 and str(refusal.value).isprintable()


@pytest.mark.parametrize("key", CONFIG)
@pytest.mark.parametrize("value", [True, -1, 0.5, 10**30, "", "text", [[]], [None], [1.5], {}, {"a": 1}])
def test_values_of_another_type_are_refused_or_worked_with(folder, key, value):
    (folder / "config.json").write_text(json.dumps(CONFIG | {key: value}))
    refusal = None
    try:
        assert study_of(folder).partial_trainings() is not None
    except UsageError as error:
        refusal = str(error)
    assert refusal is None or f"config.json: {key} is not " in refusal


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": [str(n) for n in range(200)], "seeds": list(range(200))}, "40000 trainings"),
        ({"models": [], "seeds": list(range(20_000))}, "20000 seeds"),
        ({"class_names": ["a"] * 1_001}, "1001 classes"),
        ({"published": [{"model": "numpy", "value": 1}]}, "published is not"),
        ({"published": [{"model": "numpy", "epoch": 1, "column": "seed", "value": 1}]}, "published is not"),
        ({"n_parameters": {"numpy": "many"}}, "n_parameters is not"),
        ({"models": ["a" * 300]}, "models is not a list of names"),
        ({"threads": 0}, "threads is not"),
        ({"resume": []}, "resume is not"),
        ({"resume": {"dataset": "mnist", "models": [5], "code": {}}}, "resume is not"),
    ],
)
def test_a_configuration_beyond_measure_is_refused(folder, changes, message):
    (folder / "config.json").write_text(json.dumps(CONFIG | changes))
    with soon_and_small(), pytest.raises(UsageError, match=message):
        open_run(folder)


def test_texts_are_made_printable(folder):
    (folder / "config.json").write_text(json.dumps(CONFIG | {"dataset": "a\x1b[2J\n\ud800", "source": ["\u202e"]}))
    config = read_config(folder)
    assert config["dataset"] == "a�[2J �" and config["source"] == ["�"]


@pytest.mark.parametrize("key", ["models", "seeds"])
def test_a_run_of_nothing_is_refused(folder, key):
    (folder / "config.json").write_text(json.dumps(CONFIG | {key: []}))
    (folder / "epochs.csv").write_text(HEADING + "\n")
    (folder / "predictions" / "numpy-seed0.npz").unlink()
    with pytest.raises(UsageError, match="names no models or no seeds"):
        study_of(folder)


def test_a_configuration_without_the_numbers_of_images_is_refused(folder):
    (folder / "config.json").write_text(json.dumps({key: CONFIG[key] for key in CONFIG if key != "n_train"}))
    with pytest.raises(UsageError, match=r"config\.json has no n_train"):
        open_run(folder)


@pytest.mark.parametrize("content", ['{"a":' * 100_000, "[]", "null", '{"a": NaN}', ""])
def test_an_environment_that_is_none_is_as_if_there_were_none(folder, content):
    (folder / "environment.json").write_text(content)
    assert read_environment(folder) == {}


def test_a_pipe_in_the_place_of_an_environment_is_not_waited_for(folder):
    os.mkfifo(folder / "environment.json")
    assert read_environment(folder) == {}


# epochs.csv

NO_TABLE = {
    "a million columns": (HEADING + ",x" * 1_000_000 + "\n", "more than 64 fields"),
    "a million columns in a second line": ('"\n"' + ",x" * 1_000_000 + "\n", "more than 64 fields"),
    "a million fields in a row": (f"{HEADING}\n{row()}{',x' * 1_000_000}\n", "more than 64 fields"),
    "a million fields in a row of many lines": (
        f"{HEADING}\n" + "".join(f'{",x" * 50},"\n"' for _ in range(20_000)),
        "more than 64 fields, or a quote without an end",
    ),
    "a column twice": (f"{HEADING},seed\n{row()},1\n", "names a column twice"),
    "one field too many in the first row": (f"{HEADING}\n{row()},1\n", "cannot be read"),
    "null bytes": (f"{HEADING}\n{row()}\0\n", "null bytes"),
    "a quote without an end": (f'{HEADING}\n"{row()}\n', "a quote without an end"),
    "300,000 lines": (HEADING + "\n" * 300_001, "300001 lines, and at most 200000 are read"),
    "another encoding": (f"{HEADING}\n{row('ä')}\n".encode("latin-1"), "cannot be read"),
    "a name of a thousand letters": (f"{HEADING}\n{row('a' * 1000)}\n", "more than 255 characters"),
    "nothing": ("", "cannot be read"),
}


@pytest.mark.parametrize(("content", "message"), NO_TABLE.values(), ids=NO_TABLE)
def test_a_table_that_is_none_is_refused_and_told_of(folder, content, message):
    (folder / "epochs.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    del content
    with soon_and_small(60), pytest.raises(UsageError, match=message) as refusal:
        read_epochs(folder)
    assert len(str(refusal.value)) < 1000 and str(refusal.value).isprintable()
    run = open_run(folder)
    assert run.epochs.empty and run.problems[0].startswith("epochs.csv cannot be read")


def test_a_table_of_a_gigabyte_is_refused_unread(folder):
    os.truncate(folder / "epochs.csv", 2**30)
    with soon_and_small(), pytest.raises(UsageError, match="1073741824 bytes, and at most"):
        read_epochs(folder)


@pytest.mark.parametrize(
    ("seeds", "rows"),
    [
        ([0], [row(seed=seed) for seed in range(20_000)]),
        (list(range(2000)), [row(model) for model in range(2000)]),
        ([], [row(model) for model in range(20_000)]),
    ],
)
def test_records_of_too_many_trainings_are_refused(folder, seeds, rows):
    (folder / "config.json").write_text(json.dumps(CONFIG | {"seeds": seeds}))
    (folder / "epochs.csv").write_text("\n".join([HEADING, *rows, ""]))
    with soon_and_small(60), pytest.raises(UsageError, match=r"has \d+ trainings, and at most 10000"):
        study_of(folder)


def test_records_of_many_trainings_are_pooled_soon(folder):
    (folder / "config.json").write_text(json.dumps(CONFIG | {"seeds": list(range(3000)), "epochs": 1}))
    (folder / "epochs.csv").write_text("\n".join([HEADING, *(row(seed=seed) for seed in range(3000)), ""]))
    start = time.process_time()
    study = study_of(folder)
    assert time.process_time() - start < 2  # measured 0.5; 5 with a search for each
    assert len(study.at_end("numpy")) == 3000


@pytest.mark.parametrize("name", ["null", "NA", "nan", "None", "007", "1e3", "True", '"a,b"'])
def test_a_model_may_have_any_name(folder, name):
    (folder / "epochs.csv").write_text("\n".join([HEADING, row(name, epoch=1), row(name, epoch=2), ""]))
    epochs = open_run(folder).epochs
    assert list(epochs["model"]) == [name.strip('"')] * 2


@pytest.mark.parametrize("seed", ["-1", "0.5", "1e300", "9" * 30, "inf", "x", ""])
def test_rows_of_a_seed_that_is_none_are_left_out(folder, seed):
    (folder / "epochs.csv").write_text("\n".join([HEADING, row(epoch=1), row(epoch=2), row(seed=seed), ""]))
    assert study_of(folder).trainings == (("numpy", 0),)
    assert len(open_run(folder).epochs) == 2


def test_names_in_a_table_are_made_printable(folder):
    (folder / "epochs.csv").write_text("\n".join([HEADING, row("a\x1bb"), ""]))
    assert list(open_run(folder).epochs["model"]) == ["a�b"]


# predictions and samples


def test_predictions_that_inflate_beyond_measure_are_left_out(folder, monkeypatch):
    monkeypatch.setattr("harness.results.reading.MOST_PREDICTION_BYTES", 10**7)
    text = b"{'descr': '|u1', 'fortran_order': False, 'shape': (20000000,), }\n"
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(20_000_000)
    with zipfile.ZipFile(folder / "predictions" / "numpy-seed0.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for key in ("labels", "predictions"):
            archive.writestr(f"{key}.npy", array)
    with soon_and_small():
        run = open_run(folder)
    assert run.predictions == [] and "at most 5000000 are read" in run.problems[0]


def test_predictions_are_left_out_from_the_one_that_is_too_much(folder, monkeypatch):
    monkeypatch.setattr("harness.results.reading.MOST_PREDICTION_BYTES", 110)
    good = (folder / "predictions" / "numpy-seed0.npz").read_bytes()
    for seed in range(1, 5):
        (folder / "predictions" / f"numpy-seed{seed}.npz").write_bytes(good)
    run = open_run(folder)  # 48 bytes to be read, half of what may be kept; kept are 6 for the labels and 6 for each
    assert [item.seed for item in run.predictions] == [0, 1]
    assert "at most 46 are read" in run.problems[0]


def test_the_predictions_of_a_thousand_trainings_are_kept_in_two_bytes_each_and_the_labels_once(folder):
    many = np.arange(5000, dtype=np.uint8) % 2
    for seed in range(4):
        np.savez(folder / "predictions" / f"numpy-seed{seed}.npz", labels=many, predictions=many)
    run = open_run(folder)
    assert [item.predictions.nbytes for item in run.predictions] == [10_000] * 4
    assert len({id(item.labels) for item in run.predictions}) == 1
    np.testing.assert_array_equal(run.predictions[3].predictions, many)


def test_predictions_just_below_the_limit_leave_nothing_below_zero(folder, monkeypatch):
    monkeypatch.setattr("harness.results.reading.MOST_PREDICTION_BYTES", 20_000)
    for seed in range(4):
        labels = np.full(5000, seed % 2, np.uint8)
        np.savez(folder / "predictions" / f"numpy-seed{seed}.npz", labels=labels, predictions=labels)
    run = open_run(folder)
    assert len(run.predictions) == 1
    assert all("at most 0 are read" in problem for problem in run.problems[:3])


@pytest.mark.parametrize(
    "arrays",
    [
        {"labels": np.array([0, None]), "predictions": np.array([0, 1])},
        {"labels": np.array(0), "predictions": np.array(0)},
        {"labels": np.array([0.0, 1.0]), "predictions": np.array([0, 1])},
        {"labels": np.array([0, 2**63], np.uint64), "predictions": np.array([0, 1])},
        {"labels": np.array([0, 1]), "predictions": np.array([0, -1])},
        {"labels": np.array([0, 1])},
    ],
)
def test_predictions_that_are_none_are_a_problem_in_one_line(folder, arrays):
    np.savez(folder / "predictions" / "numpy-seed0.npz", **arrays)
    run = open_run(folder)
    assert run.predictions == []
    assert run.problems[0].startswith("predictions/numpy-seed0.npz cannot be read: ") and run.problems[0].isprintable()


@pytest.mark.parametrize(
    "arrays",
    [
        {"images": np.zeros((2, 4, 4, 1)), "labels": np.array(0)},
        {"images": np.array(1), "labels": np.array([0])},
        {"images": np.zeros((1, 4, 4, 1), complex), "labels": np.array([0])},
        {"images": np.full((1, 4, 4, 1), "a"), "labels": np.array([0])},
        {"images": np.full((1, 4, 4, 1), None), "labels": np.array([0])},
        {"images": np.zeros((1, 0, 4, 1)), "labels": np.array([0])},
        {"images": np.zeros((1, 4, 4, 1)), "labels": np.array([[0]])},
    ],
)
def test_samples_that_are_none_are_a_problem_in_one_line(folder, arrays):
    np.savez(folder / "samples.npz", **arrays)
    run = open_run(folder)
    assert run.samples is None
    assert run.problems[0].startswith("samples.npz cannot be read: ") and run.problems[0].isprintable()


def test_samples_that_are_not_numbers_are_black(folder):
    np.savez(folder / "samples.npz", images=np.full((1, 2, 2, 1), np.nan), labels=np.array([0]))
    assert open_run(folder).samples.images.max() == 0


# Places


@pytest.mark.parametrize("name", ["samples.npz", "predictions/numpy-seed0.npz"])
def test_a_pipe_in_the_place_of_arrays_is_not_waited_for(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert "not a regular file" in " ".join(open_run(folder).problems)


@pytest.mark.parametrize(("name", "read"), [("epochs.csv", read_epochs), ("config.json", read_config)])
def test_a_pipe_in_the_place_of_a_text_is_not_waited_for(folder, name, read):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(UsageError, match="not a regular file"):
        read(folder)


@pytest.mark.parametrize("read", [open_run, study_of, lambda path: find_studies([path])])
@pytest.mark.parametrize("path", ["x" * 300, "a\0b", "\udcff", "none"])
def test_a_path_that_can_be_none_is_refused(read, path):
    with pytest.raises(UsageError) as refusal:
        read(path)
    assert str(refusal.value).isprintable()


def test_names_of_files_are_made_printable(folder):
    (folder / "predictions" / "\x1b[2J-seed1.npz").write_bytes(b"")
    assert all(problem.isprintable() for problem in open_run(folder).problems)
