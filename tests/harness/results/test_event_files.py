"""Event files, read back with TensorBoard's own reader."""

import errno
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from harness.experiments import RunConfig
from harness.results import EpochRecord, read_epochs
from harness.results.event_files import TAGS, EventFiles
from harness.training.numpy_trainer import NumpyTrainer
from tests.harness.runs import folder_below, interrupt_in_epoch, run_here

accumulator = pytest.importorskip(
    "tensorboard.backend.event_processing.plugin_event_accumulator",
    reason="pip install -r requirements-tensorboard.txt",
)
from tensorboard.plugins.hparams import api_pb2, metadata  # noqa: E402

EPOCHS = 3


@pytest.fixture(scope="module")
def flags(excerpt_path):
    return ["--dataset", excerpt_path, "--models", "numpy", "--seeds", 0, 1, "--epochs", EPOCHS, "--limit", 20]


def read(folder, name):
    """Return the only event file of a training, as TensorBoard reads it."""
    assert len(list((folder / "tensorboard" / name).iterdir())) == 1
    events = accumulator.EventAccumulator(str(folder / "tensorboard" / name))
    events.Reload()
    return events


def steps_and_values(events, tag):
    return [(event.step, event.tensor_proto.float_val[0]) for event in events.Tensors(tag)]


def settings_and_status(events):
    """Return what a training was called and made with, and how it ended."""

    def data(tag):
        return events.SummaryMetadata(tag).plugin_data.content

    start = metadata.parse_session_start_info_plugin_data(data(metadata.SESSION_START_INFO_TAG))
    end = metadata.parse_session_end_info_plugin_data(data(metadata.SESSION_END_INFO_TAG))
    settings = {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
    return start.group_name, settings, end.status


def assert_has_each_epoch_once(folder):
    """Fail unless the event files hold the rows of `epochs.csv`, and no others."""
    rows = read_epochs(folder)
    names = {f"{model}-seed{seed}" for model, seed in zip(rows["model"], rows["seed"], strict=True)}
    assert {path.name for path in (folder / "tensorboard").iterdir()} == names
    for (model, seed), own in rows.groupby(["model", "seed"]):
        events = read(folder, f"{model}-seed{seed}")
        for column, tag in TAGS.items():
            expected = list(zip(own["epoch"], own[column].astype(np.float32), strict=True))
            assert steps_and_values(events, tag) == expected
    assert not list(folder.rglob(".*"))


def test_they_hold_each_epoch_of_each_training_under_the_names_of_the_columns(flags, tmp_path, monkeypatch):
    assert run_here(monkeypatch, *flags, "--tensorboard", "--out", tmp_path) == 0
    folder = folder_below(tmp_path)
    assert len(read_epochs(folder)) == 2 * EPOCHS
    assert_has_each_epoch_once(folder)
    assert all(tag.endswith(f"/{column}") for column, tag in TAGS.items())


def test_without_the_flag_there_are_none(flags, tmp_path, monkeypatch):
    assert run_here(monkeypatch, *flags, "--out", tmp_path) == 0
    assert not (folder_below(tmp_path) / "tensorboard").exists()


def test_they_tell_the_settings_and_that_a_training_is_finished(flags, tmp_path, monkeypatch):
    assert run_here(monkeypatch, *flags, "--learning-rate", 0.25, "--tensorboard", "--out", tmp_path) == 0
    folder = folder_below(tmp_path)
    assert settings_and_status(read(folder, "numpy-seed1")) == (
        f"{folder.name}/numpy-seed1",
        {
            "dataset": "fashion_excerpt", "experiment": "identical", "model": "numpy", "seed": 1, "epochs": EPOCHS,
            "batch_size": 1, "learning_rate": 0.25, "limit": 20,
        },
        api_pb2.STATUS_SUCCESS,
    )  # fmt: skip


@pytest.mark.parametrize(("training", "epoch"), [(1, 2), (2, 1), (2, EPOCHS)])
def test_a_resumed_run_has_each_epoch_once_though_the_flag_is_not_said_again(
    training, epoch, flags, tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, epoch, training)
        assert run_here(patch, *flags, "--tensorboard", "--out", tmp_path) == 130
    folder = folder_below(tmp_path)
    assert_has_each_epoch_once(folder)
    assert run_here(monkeypatch, "--resume", folder) == 0
    assert len(read_epochs(folder)) == 2 * EPOCHS
    assert_has_each_epoch_once(folder)


@pytest.mark.parametrize("epoch", [1, EPOCHS])
def test_a_run_that_is_resumed_with_the_flag_has_its_past_too(epoch, flags, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, epoch, training=2)
        assert run_here(patch, *flags, "--out", tmp_path) == 130
    folder = folder_below(tmp_path)
    assert run_here(monkeypatch, "--resume", folder, "--tensorboard") == 0
    assert len(read_epochs(folder)) == 2 * EPOCHS
    assert_has_each_epoch_once(folder)


@pytest.mark.parametrize("number", range(1, 2 * EPOCHS + 3))  # one after each epoch, and one of each at the end
def test_whichever_cannot_be_written_the_next_process_completes_them(number, flags, tmp_path, monkeypatch, capsys):
    from harness.results import event_files

    seen = []
    replacing = event_files.replacing

    def fail(path):
        seen.append(path)
        if len(seen) == number:
            raise OSError(errno.ENOSPC, "No space left on device")
        return replacing(path)

    with monkeypatch.context() as patch:
        patch.setattr(event_files, "replacing", fail)
        assert run_here(patch, *flags, "--tensorboard", "--out", tmp_path) == 2
    errors = capsys.readouterr().err
    assert "No space left on device" in errors and "go on with: " in errors
    folder = folder_below(tmp_path)
    assert run_here(monkeypatch, "--resume", folder) == 0
    assert len(read_epochs(folder)) == 2 * EPOCHS
    assert_has_each_epoch_once(folder)


def test_a_training_that_fails_has_its_epochs_and_is_said_to_have_failed(flags, tmp_path, monkeypatch):
    train_epoch = NumpyTrainer.train_epoch

    def diverge(self, x, y, batch_size, epoch=1):
        if epoch == 2:
            raise FloatingPointError("the loss is nan")
        return train_epoch(self, x, y, batch_size, epoch)

    monkeypatch.setattr(NumpyTrainer, "train_epoch", diverge)
    assert run_here(monkeypatch, *flags, "--tensorboard", "--out", tmp_path) == 4
    folder = folder_below(tmp_path)
    assert_has_each_epoch_once(folder)
    assert settings_and_status(read(folder, "numpy-seed0"))[2] == api_pb2.STATUS_FAILURE


RECORD = EpochRecord("fashion", "identical", "mine", 0, 1, 0.5, 0.8, 0.4, 0.85, 0.84, 20.0, 1.0, 0.1, 0.0)


@pytest.fixture
def event_files(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    return EventFiles(tmp_path, RunConfig().filled())


def test_who_is_watching_sees_each_epoch_once(event_files, tmp_path):
    records = [replace(RECORD, epoch=epoch) for epoch in (1, 2, 3)]
    watcher = accumulator.EventAccumulator(str(tmp_path / "tensorboard" / "mine-seed0"))
    for n in (1, 2, 3):
        event_files.epoch_done(records[:n], records[n - 1])
        watcher.Reload()
        assert [step for step, _ in steps_and_values(watcher, TAGS["test_loss"])] == [1, 2, 3][:n]


def test_the_time_of_an_epoch_is_that_of_the_run_and_the_seconds_of_training(event_files, tmp_path):
    records = [RECORD, replace(RECORD, epoch=2, wall_seconds=30.0)]
    event_files.epoch_done(records, records[1])
    start = (tmp_path / "config.json").stat().st_mtime
    times = [event.wall_time - start for event in read(tmp_path, "mine-seed0").Tensors(TAGS["test_loss"])]
    assert times == pytest.approx([20, 50], abs=1e-3)


def test_a_score_that_a_model_does_not_tell_is_not_there(event_files, tmp_path):
    record = replace(RECORD, train_loss=math.nan)
    event_files.epoch_done([record], record)
    tags = read(tmp_path, "mine-seed0").Tags()["tensors"]
    assert TAGS["train_loss"] not in tags and TAGS["test_loss"] in tags


def test_writing_them_does_not_import_tensorflow(excerpt_path, tmp_path):
    arguments = ["--dataset", str(excerpt_path), "--models", "numpy", "--limit", "5", "--tensorboard"]
    code = (
        "import sys; from harness import plots, report, run; plots.draw_all = lambda folder: plots.Drawing(); "
        "report.write_run_report = lambda *arguments: None; "
        f"code = run.main({[*arguments, '--out', str(tmp_path)]!r}); "
        "print(sorted({'tensorflow', 'keras', 'keras_model'} & sys.modules.keys())); sys.exit(code)"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert process.returncode == 0, process.stderr
    assert process.stdout.splitlines()[-1] == "[]" and process.stderr == ""
    assert_has_each_epoch_once(folder_below(tmp_path))


def test_without_tensorboard_nothing_is_trained(flags, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.record_writer", None)
    assert run_here(monkeypatch, *flags, "--tensorboard", "--out", tmp_path) == 2
    output = capsys.readouterr()
    assert "pip install -r requirements-tensorboard.txt" in output.err and output.err.count("\n") == 1
    assert output.out == "" and not list(tmp_path.glob("*/*/*"))


def test_without_tensorboard_a_run_with_event_files_is_not_resumed(flags, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 2)
        assert run_here(patch, *flags, "--tensorboard", "--out", tmp_path) == 130
    folder = folder_below(tmp_path)
    capsys.readouterr()
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.record_writer", None)
    assert run_here(monkeypatch, "--resume", folder) == 2
    assert f"or leave out --tensorboard and remove {folder / 'tensorboard'}" in capsys.readouterr().err
    assert len(read_epochs(folder)) == 1
