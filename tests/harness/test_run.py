"""The command, end to end on real images, and its exit codes."""

import errno
import json
import os
import resource
import signal
import subprocess
import sys

import numpy as np
import pytest

from harness import plots, report, run
from harness.base.environment import THREAD_VARIABLES
from harness.experiments import RunConfig
from harness.report import missing_libraries
from harness.results import read_epochs
from tests.harness.runs import run_here

NO_REPORT = "report.html was not made; pip install -r requirements-report.txt brings what it needs"


def harness_run(*arguments, **options):
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "harness.run", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


@pytest.fixture(scope="module")
def finished(excerpt_path, tmp_path_factory):
    """Return the process and the folder of a short run of both models."""
    out = tmp_path_factory.mktemp("out")
    # Without threads that the environment may name, as the command chooses some itself.
    environment = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
    flags = ["--dataset", excerpt_path, "--limit", 50, "--epochs", 2, "--threads", 1, "--out", out]
    process = harness_run(*flags, env=environment)
    (folder,) = (out / "fashion_excerpt" / "identical").iterdir()
    return process, folder


def test_a_run_succeeds_and_prints_table_and_folder(finished):
    process, folder = finished
    assert process.returncode == 0, process.stderr
    assert (folder / "table.md").read_text().strip() in process.stdout
    about_report, last = process.stdout.splitlines()[-2:]
    assert last == f"results: {folder}"
    assert about_report == (f"report: {folder}/report.html" if not missing_libraries() else NO_REPORT)
    assert "not a full run" in process.stdout


def test_a_run_prints_a_plain_line_per_epoch_and_nothing_on_standard_error(finished):
    process, _ = finished
    lines = [line for line in process.stdout.splitlines() if " epoch " in line and "train loss" in line]
    assert [line.split(":")[0] for line in lines] == [
        f"{model} seed 0 epoch {epoch}" for model in ("numpy", "keras") for epoch in (1, 2)
    ]
    assert "\r" not in process.stdout
    assert process.stderr == ""


def test_a_run_leaves_everything_the_contract_names(finished):
    _, folder = finished
    expected = {
        "epochs.csv", "config.json", "environment.json", "proof.json", "table.md", "samples.npz",
        "plots/learning_curves.png", "plots/confusion.png", "plots/per_class_f1.png", "plots/samples.png",
        "weights/numpy-seed0.npz", "weights/keras-seed0.npz",
        "predictions/numpy-seed0.npz", "predictions/keras-seed0.npz",
        *([] if missing_libraries() else ["report.html"]),
    }  # fmt: skip
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == expected
    assert len(read_epochs(folder)) == 4


def test_the_environment_records_what_the_times_depend_on(finished):
    _, folder = finished
    environment = json.loads((folder / "environment.json").read_text())
    assert environment["threads"]["OPENBLAS_NUM_THREADS"] == "1"
    assert {"cpu", "cores", "python", "numpy", "blas", "commit", "keras"} <= environment.keys()
    assert environment["keras"]["intra_op_threads"] == environment["keras"]["inter_op_threads"] == 1


@pytest.mark.processor
def test_help_answers_within_half_a_second():
    # Seconds of the processor, which do not depend on what else the machine does.
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert harness_run("--help").returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5  # measured 0.06


def test_a_run_without_keras_never_imports_tensorflow(excerpt_path, without_report, tmp_path):
    arguments = ["--dataset", str(excerpt_path), "--models", "numpy", "--limit", "5", "--out", str(tmp_path)]
    code = (
        f"import sys; from harness.run import main; code = main({arguments!r}); "
        "print(sorted({'tensorflow', 'keras', 'keras_model'} & sys.modules.keys())); sys.exit(code)"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=os.environ | without_report
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dataset", "cifar"], ["cifar", "fashion", "mnist"]),
        (["--experiment", "same"], ["experiment", "same", "identical"]),
        (["--models", "numpy", "torch"], ["torch", "numpy, keras, keras-jax, keras-torch, naive"]),
        (["--epochs", "0"], ["epochs", "0", "at least 1"]),
        (["--epochs", "three"], ["--epochs", "three"]),
        (["--batch-size", "-1"], ["batch size", "-1"]),
        (["--learning-rate", "-0.1"], ["learning rate", "-0.1", "above 0"]),
        (["--learning-rate", "nan"], ["learning rate", "nan"]),
        (["--limit", "0"], ["limit", "0"]),
        (["--limit", "1e3"], ["--limit", "1e3"]),
        (["--seeds", "1", "1"], ["seeds", "once"]),
        (["--frobnicate"], ["--frobnicate"]),
    ],
)
def test_wrong_usage_ends_with_one_message_and_exit_code_2(arguments, words, monkeypatch, capsys):
    assert run_here(monkeypatch, *arguments) == 2
    error = capsys.readouterr().err
    assert all(word in error for word in words), error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("flags", "limit", "epochs"),
    [
        (["--quick"], 5000, 1),
        (["--quick", "--limit", "100"], 100, 1),
        (["--epochs", "2", "--quick"], 5000, 2),
        ([], None, 3),
    ],
)
def test_quick_is_a_short_run_and_what_is_said_beside_it_wins(flags, limit, epochs):
    config = RunConfig(**run.settings_from(run.parse(flags))).filled()
    assert (config.limit, config.epochs) == (limit, epochs)


def test_a_file_that_is_no_data_set_ends_with_exit_code_3(tmp_path, monkeypatch, capsys):
    (tmp_path / "bad.npz").write_bytes(b"not a zip")
    assert run_here(monkeypatch, "--dataset", tmp_path / "bad.npz", "--models", "numpy") == 3
    error = capsys.readouterr().err
    assert "bad.npz" in error
    assert "Traceback" not in error


def test_nan_among_the_pixels_ends_with_exit_code_3(tmp_path, monkeypatch, capsys):
    images = np.zeros((4, 8, 8), np.float32)
    images[2, 1, 1] = np.nan
    labels = np.array([0, 1, 0, 1])
    np.savez(tmp_path / "nan.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    assert run_here(monkeypatch, "--dataset", tmp_path / "nan.npz", "--models", "numpy") == 3
    assert "NaN" in capsys.readouterr().err


def test_colour_images_of_another_size_and_other_classes_are_trained_on(tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (30, 12, 12, 3), np.uint8), np.arange(30) % 3
    np.savez(tmp_path / "colour.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    flags = ["--dataset", tmp_path / "colour.npz", "--epochs", 1, "--out", tmp_path / "out"]
    assert run_here(monkeypatch, *flags, with_plots=True) == 0
    assert "| keras |" in capsys.readouterr().out
    assert list(tmp_path.glob("out/*/*/*/plots/samples.png"))


def test_a_file_in_place_of_the_output_folder_is_found_before_training(excerpt_path, tmp_path, monkeypatch, capsys):
    (tmp_path / "out").write_text("")
    assert run_here(monkeypatch, "--dataset", excerpt_path, "--models", "numpy", "--out", tmp_path / "out") == 2
    output = capsys.readouterr()
    assert "--out" in output.err
    assert " epoch " not in output.out


def test_a_diverging_run_ends_with_exit_code_4_and_keeps_its_folder(excerpt_path, tmp_path, monkeypatch, capsys):
    flags = ["--models", "numpy", "--learning-rate", "1e12", "--limit", 20, "--dataset", excerpt_path]
    assert run_here(monkeypatch, *flags, "--out", tmp_path) == 4
    error = capsys.readouterr().err
    assert "step" in error
    assert "Traceback" not in error
    (folder,) = (tmp_path / "fashion_excerpt" / "identical").iterdir()
    assert "Incomplete: numpy" in (folder / "table.md").read_text()


def test_debug_shows_the_traceback(monkeypatch, capsys):
    assert run_here(monkeypatch, "--experiment", "same", "--debug") == 2
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_ends_with_exit_code_130_and_keeps_finished_epochs(excerpt_path, tmp_path):
    command = [sys.executable, "-m", "harness.run", "--dataset", str(excerpt_path), "--models", "numpy"]
    process = subprocess.Popen(
        [*command, "--epochs", "100000", "--out", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in stderr
    assert "Traceback" not in stderr
    (folder,) = (tmp_path / "fashion_excerpt" / "identical").iterdir()
    assert len(read_epochs(folder)) >= 1


def test_a_missing_library_ends_with_exit_code_4_and_the_way_out(excerpt_path, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "keras_model", None)
    assert run_here(monkeypatch, "--dataset", excerpt_path, "--limit", 50, "--out", tmp_path) == 4
    error = capsys.readouterr().err
    assert "--models numpy" in error
    assert "Traceback" not in error
    (folder,) = (tmp_path / "fashion_excerpt" / "identical").iterdir()
    assert list(read_epochs(folder)["model"]) == ["numpy"] * 3  # the other model is trained all the same
    assert "Failed: keras: a library is missing" in (folder / "table.md").read_text()


@pytest.mark.parametrize("library", ["altair", "vl_convert", "jinja2"])
def test_without_the_libraries_of_the_report_a_run_says_in_a_line_what_brings_them(
    library, excerpt_path, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setattr(plots, "draw_all", lambda folder: plots.Drawing())
    arguments = ["--dataset", str(excerpt_path), "--models", "numpy", "--limit", "5", "--epochs", "1"]
    assert run.main([*arguments, "--out", str(tmp_path)]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    assert output.out.splitlines()[-2] == NO_REPORT
    assert not list(tmp_path.rglob("report.html"))


def test_a_report_that_fails_is_a_warning_and_changes_no_exit_code(excerpt_path, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(plots, "draw_all", lambda folder: plots.Drawing())
    monkeypatch.setattr(report, "missing_libraries", list)
    monkeypatch.setattr(report, "write_run_report", lambda *arguments: "report.html was not written: no paper")
    arguments = ["--dataset", str(excerpt_path), "--models", "numpy", "--limit", "5", "--out", str(tmp_path)]
    assert run.main(arguments) == 0
    assert run.main([*arguments, "--learning-rate", "1e12"]) == 4
    *_, first, diverged, second = capsys.readouterr().err.splitlines()
    assert first == second == "warning: report.html was not written: no paper"
    assert diverged.startswith("error: ")


def test_without_any_model_to_train_no_folder_is_left(excerpt_path, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_model", None)
    assert run.main(["--dataset", str(excerpt_path), "--models", "keras", "--out", str(tmp_path)]) == 4
    assert not list((tmp_path / "fashion_excerpt" / "identical").iterdir())


def test_images_that_the_network_does_not_fit_end_with_exit_code_4(tmp_path, capsys):
    images, labels = np.zeros((4, 1, 1), np.uint8), np.array([0, 1, 0, 1])
    np.savez(tmp_path / "tiny.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    assert run.main(["--dataset", str(tmp_path / "tiny.npz"), "--models", "numpy", "--out", str(tmp_path)]) == 4
    error = capsys.readouterr().err
    assert "max_pooling2d" in error
    assert "(1, 1, 1)" in error


def test_an_error_that_should_not_happen_is_one_message_too(excerpt_path, tmp_path, monkeypatch, capsys):
    def fail(*arguments):
        raise KeyError("surprise")

    monkeypatch.setattr("harness.results.writing.RunFolder.write_json", fail)
    assert run.main(["--dataset", str(excerpt_path), "--models", "numpy", "--out", str(tmp_path)]) == 4
    error = capsys.readouterr().err
    assert "surprise" in error
    assert "Traceback" not in error


def test_a_full_disk_ends_with_one_message(excerpt_path, tmp_path, monkeypatch, capsys):
    def no_space(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    arguments = ["--dataset", str(excerpt_path), "--models", "numpy", "--limit", "5", "--out", str(tmp_path)]
    assert run.main(arguments) == 2
    error = capsys.readouterr().err
    assert "No space left" in error
    assert "--out" in error


def test_the_exit_code_of_the_process_is_that_which_main_returns():
    process = harness_run("--experiment", "same")
    assert process.returncode == run.main(["--experiment", "same"]) == 2
    assert "same" in process.stderr
