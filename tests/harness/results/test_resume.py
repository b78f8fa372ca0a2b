"""Resuming a run: what is refused, and what is made of a damaged folder."""

import json
import os
import shlex
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from harness.results import code_version, read_epochs, resume
from harness.results.lock import is_written, only_writer
from harness.training import contenders, steps
from harness.training.numpy_trainer import NumpyTrainer
from harness.training.user_trainer import UserTrainer
from harness.user_models import template
from tests.harness.runs import assert_ends_alike, folder_below, interrupt_at_step, interrupt_in_epoch, run_here

EPOCHS = 4


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def data(excerpt_path, tmp_path_factory):
    """The excerpt under a name of its own, which tests may not change."""
    path = tmp_path_factory.mktemp("data") / "clothes.npz"
    shutil.copy(excerpt_path, path)
    return path


@pytest.fixture(scope="module")
def flags(data):
    """A run whose optimizer has moments, which a checkpoint must hold too: two seeds, two steps an epoch."""
    return ["--dataset", data, "--experiment", "adam", "--models", "numpy", "--seeds", 0, 1, "--epochs", EPOCHS,
            "--limit", 64, "--threads", 1]  # fmt: skip


@pytest.fixture(scope="module")
def uninterrupted(flags, tmp_path_factory, monkeypatch_module):
    out = tmp_path_factory.mktemp("uninterrupted")
    assert run_here(monkeypatch_module, *flags, "--out", out) == 0
    return folder_below(out)


@pytest.fixture(scope="module")
def cut_off(flags, tmp_path_factory):
    """The folder of a run that has finished its first training, and three epochs of the second."""
    out = tmp_path_factory.mktemp("cut off")
    with pytest.MonkeyPatch.context() as patch:
        interrupt_in_epoch(patch, EPOCHS, training=2)
        assert run_here(patch, *flags, "--out", out) == 130
    return folder_below(out)


@pytest.fixture
def folder(cut_off, tmp_path):
    """A copy of it."""
    return shutil.copytree(cut_off, tmp_path / "run")


@pytest.fixture
def go_on(folder, monkeypatch, capsys):
    """A function of more flags that resumes the run, and returns exit code and messages."""

    def go_on(*more):
        capsys.readouterr()
        exit_code = run_here(monkeypatch, "--resume", folder, *more)
        errors = capsys.readouterr().err
        assert "Traceback" not in errors
        return exit_code, errors

    return go_on


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_refused(answer, *words):
    exit_code, errors = answer
    assert exit_code == 2
    assert errors.count("\n") == 1
    assert [word for word in words if word not in errors] == [], errors


def checkpoint_of(folder, epoch):
    return folder / "checkpoints" / f"numpy-seed1-epoch{epoch}.npz"


def test_a_run_that_was_cut_off_has_the_last_two_checkpoints_of_the_training_that_was_under_way(cut_off):
    assert {path.name for path in (cut_off / "checkpoints").iterdir()} == {
        "numpy-seed1-epoch2.npz", "numpy-seed1-epoch3.npz",
    }  # fmt: skip
    assert list(read_epochs(cut_off)["epoch"]) == [1, 2, 3, 4, 1, 2, 3]


@pytest.mark.processor
def test_a_resumed_run_ends_as_one_that_was_not_cut_off(go_on, folder, uninterrupted):
    exit_code, errors = go_on()
    assert (exit_code, errors) == (0, "")
    assert_ends_alike(folder, uninterrupted)
    table, expected = ((path / "table.md").read_text().splitlines() for path in (folder, uninterrupted))
    assert len(table) == len(expected)


def test_a_resumed_run_trains_only_what_is_left(go_on, monkeypatch):
    epochs = []
    train_epoch = NumpyTrainer.train_epoch
    monkeypatch.setattr(
        NumpyTrainer,
        "train_epoch",
        lambda self, x, y, batch_size, epoch=1: epochs.append(epoch) or train_epoch(self, x, y, batch_size, epoch),
    )
    assert go_on()[0] == 0
    assert epochs == [1, EPOCHS]  # the first is the warm-up


@pytest.mark.parametrize(("training", "epoch"), [(1, 1), (1, EPOCHS), (2, 1), (2, 2)])
def test_whichever_epoch_was_cut_off_the_run_ends_the_same(
    epoch, training, flags, uninterrupted, tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, epoch, training)
        assert run_here(patch, *flags, "--out", tmp_path) == 130
    folder = folder_below(tmp_path)
    assert len(read_epochs(folder)) == (training - 1) * EPOCHS + epoch - 1
    assert run_here(monkeypatch, "--resume", folder) == 0
    assert_ends_alike(folder, uninterrupted)


@pytest.mark.processor
@pytest.mark.parametrize("experiment", ["adam", pytest.param("identical", marks=pytest.mark.slow)])
def test_keras_goes_on_bit_by_bit(experiment, excerpt_path, tmp_path, monkeypatch):
    from keras_model import KerasTrainer

    flags = ["--dataset", excerpt_path, "--experiment", experiment, "--models", "keras", "--epochs", 3, "--limit", 64]
    assert run_here(monkeypatch, *flags, "--out", tmp_path / "whole") == 0
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 3, trainer=KerasTrainer)
        assert run_here(patch, *flags, "--out", tmp_path / "cut") == 130
    folder = folder_below(tmp_path / "cut")
    assert run_here(monkeypatch, "--resume", folder) == 0
    assert_ends_alike(folder, folder_below(tmp_path / "whole"))


def test_the_command_that_resumes_names_the_folder_of_the_data_set_too(flags, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 2)
        assert run_here(patch, *flags, "--out", tmp_path / "two words", "--data-dir", "here and there") == 130
    folder = folder_below(tmp_path / "two words")
    last = capsys.readouterr().err.splitlines()[-1].removeprefix("go on with: ")
    assert shlex.split(last)[1:] == ["-m", "harness.run", "--resume", str(folder), "--data-dir", "here and there"]


def test_a_resumed_run_that_is_cut_off_again_names_the_data_set_where_it_was_found_now(
    flags, excerpt_path, tmp_path, monkeypatch, capsys
):
    moved = shutil.copy(excerpt_path, tmp_path / "moved.npz")
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 2)
        assert run_here(patch, *flags, "--out", tmp_path / "out") == 130
    folder = folder_below(tmp_path / "out")
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 3)
        assert run_here(patch, "--resume", folder, "--dataset", moved) == 130
    last = capsys.readouterr().err.splitlines()[-1].removeprefix("go on with: ")
    assert shlex.split(last)[1:] == ["-m", "harness.run", "--resume", str(folder), "--dataset", str(moved)]


# Refusals.


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--epochs", 9], ["epochs is 9 here and was 4 there"]),
        (["--seeds", 0, 1, 2], ["seeds is (0, 1, 2) here and was (0, 1) there"]),
        (["--models", "naive"], ["models is ('naive',) here and was ('numpy',) there"]),
        (["--learning-rate", 0.5], ["learning rate is 0.5 here and was 0.005 there"]),
        (["--batch-size", 8], ["batch size is 8 here and was 32 there"]),
        (["--limit", 50], ["limit is 50 here and was 64 there"]),
        (["--experiment", "identical"], ["experiment is 'identical' here and was 'adam' there"]),
        (["--threads", 2], ["threads is 2 here and was 1 there"]),
        (["--epochs", 9, "--limit", 50], ["epochs is 9 here and was 4 there", "limit is 50 here and was 64 there"]),
    ],
    ids=lambda value: value[0] if isinstance(value[0], str) and value[0].startswith("--") else "",
)
def test_another_setting_is_refused_with_both_values(more, words, go_on, folder):
    before = contents(folder)
    assert_refused(go_on(*more), str(folder), "start a new run", *words)
    assert contents(folder) == before


def test_a_setting_that_is_none_at_all_is_refused(go_on):
    assert_refused(go_on("--epochs", 0), "epochs is 0")


def test_the_same_settings_may_be_said_again(go_on, flags, folder, uninterrupted):
    assert go_on(*flags) == (0, "")
    assert_ends_alike(folder, uninterrupted)


def test_data_that_changed_under_the_same_name_is_refused(go_on, folder, data):
    with np.load(data) as arrays:
        changed = dict(arrays)
    original = data.read_bytes()
    changed["x_train"][0, 0, 0] += 1
    stored = json.loads((folder / "config.json").read_text())["sha256"]["x_train"]
    try:
        np.savez(data, **changed)
        answer = go_on()
    finally:
        data.write_bytes(original)
    assert_refused(answer, "sha256 of x_train is ", stored)
    assert "y_train" not in answer[1]


def test_data_that_moved_is_named_again(go_on, folder, uninterrupted, data, tmp_path):
    moved = tmp_path / "elsewhere.npz"
    data.rename(moved)
    try:
        exit_code, errors = go_on()
        assert exit_code == 3 and str(data) in errors
        assert go_on("--dataset", moved) == (0, "")
    finally:
        moved.rename(data)
    rows = read_epochs(folder)
    assert set(rows["dataset"][:-1]) == {"clothes"}
    rows["dataset"] = "clothes"
    rows.to_csv(folder / "epochs.csv", index=False)
    assert_ends_alike(folder, uninterrupted)


@pytest.mark.parametrize("content", ["[]", "[" * 100_000, "no JSON", '{"cpu": "\\u001b[2J"}'])
def test_an_environment_that_is_none_stops_no_run(go_on, folder, content):
    (folder / "environment.json").write_text(content)
    exit_code, errors = go_on()
    assert exit_code == 0 and "\x1b" not in errors


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.mkdir()], ids=["a pipe", "a folder"])
def test_records_that_are_no_file_are_refused(go_on, folder, make):
    (folder / "epochs.csv").unlink()
    make(folder / "epochs.csv")
    assert_refused(go_on(), "epochs.csv cannot be read")


def test_another_version_of_the_training_code_or_of_a_library_is_refused_with_both(go_on, folder, monkeypatch):
    stored = json.loads((folder / "config.json").read_text())["resume"]["code"]
    monkeypatch.setattr(code_version, "hash_of", lambda paths: "0123456789abcdef")
    monkeypatch.setattr(code_version, "library_version", lambda name: "99.0")
    assert_refused(
        go_on("--epochs", 5),
        f"training code is '0123456789abcdef' here and was '{stored['training code']}' there",
        f"numpy is '99.0' here and was '{np.__version__}' there",
        "epochs is 5 here and was 4 there",
    )


MODEL = """
import numpy_model
from harness.experiments.networks import simple_cnn


class Mine:
    def __init__(self):
        self.model = simple_cnn(numpy_model)
        self.model.compile(numpy_model.optimizers.SGD(0.005))

    def get_weights(self):
        return self.model.get_weights()

    def set_weights(self, weights):
        self.model.set_weights(weights)

    def train_step(self, x, y, learning_rate):
        self.model.train_on_batch(x, y)

    def forward(self, x):
        return self.model.predict(x)


make_model = Mine
"""


@pytest.fixture
def users_model(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(MODEL)
    return path


@pytest.mark.parametrize("seconds_between", [0, 60], ids=["within the epoch", "from its beginning"])
def test_a_model_of_the_users_is_resumed_once_it_is_named_again_and_not_once_it_has_changed(
    seconds_between, excerpt_path, users_model, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(steps, "SECONDS_BETWEEN", seconds_between)
    models = ["--models", "numpy", users_model]
    flags = ["--dataset", excerpt_path, *models, "--epochs", 3, "--limit", 20]
    assert run_here(monkeypatch, *flags, "--out", tmp_path / "whole") == 0
    with monkeypatch.context() as patch:
        interrupt_at_step(patch, 1 + 2 * 20 + 8, UserTrainer)
        assert run_here(patch, *flags, "--out", tmp_path / "cut") == 130
    folder = folder_below(tmp_path / "cut")
    told = capsys.readouterr().err.splitlines()[-1].removeprefix("go on with: ")
    assert shlex.split(told)[1:] == ["-m", "harness.run", "--resume", str(folder), *map(str, models)]
    names = {path.name for path in (folder / "checkpoints").iterdir()}
    expected = {"mine-seed0-epoch1.npz", "mine-seed0-epoch2.npz"}
    assert names == (expected if seconds_between else {"mine-seed0-epoch2-step6.npz", "mine-seed0-epoch2-step7.npz"})

    users_model.write_text(MODEL + f"\nopen({str(tmp_path / 'was-run')!r}, 'w')\n")
    assert run_here(monkeypatch, "--resume", folder) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and told in error and "if you trust it" in error
    assert run_here(monkeypatch, "--resume", folder, *models) == 2
    assert f"{users_model} is " in capsys.readouterr().err
    assert not (tmp_path / "was-run").exists()

    users_model.write_text(MODEL)
    assert run_here(monkeypatch, "--resume", folder, *models) == 0
    assert_ends_alike(folder, folder_below(tmp_path / "whole"))


def test_a_model_in_a_module_is_not_resumed_once_it_has_changed(
    excerpt_path, users_model, tmp_path, monkeypatch, capsys
):
    users_model.rename(tmp_path / "module_of_mine.py")
    monkeypatch.syspath_prepend(tmp_path)
    flags = ["--models", "module_of_mine:make_model"]
    assert run_here(monkeypatch, "--dataset", excerpt_path, *flags, "--limit", 2, "--out", tmp_path / "out") == 0
    folder = folder_below(tmp_path / "out")
    assert run_here(monkeypatch, "--resume", folder, *flags) == 0
    (tmp_path / "module_of_mine.py").write_text(MODEL + "# changed")
    capsys.readouterr()
    assert run_here(monkeypatch, "--resume", folder, *flags) == 2
    assert "module_of_mine:make_model is " in capsys.readouterr().err


TEMPLATE = Path(template.__file__).read_text()
IN_PLACE = """
        for array, weight in zip(self.get_weights(), weights, strict=True):
            array[...] = weight
"""
AS_GIVEN = """
        layers = [layer for layer in self.layers if hasattr(layer, "kernel")]
        for layer, layer.kernel, layer.bias in zip(layers, weights[::2], weights[1::2]):
            pass
"""
FLOAT32_ONCE_SET = TEMPLATE.replace(IN_PLACE, AS_GIVEN)
MODELS_BY_TYPE = {
    "float64, the template": TEMPLATE,
    "float64 as made, float32 once set": FLOAT32_ONCE_SET,
    "float32 once set, float64 after a step": FLOAT32_ONCE_SET.replace(
        "self.kernel -= learning_rate *", "self.kernel = self.kernel - np.float64(learning_rate) *"
    ),
}


@pytest.mark.parametrize(
    ("text", "epochs_done"), list(zip(MODELS_BY_TYPE.values(), [0, 1, 1], strict=True)), ids=MODELS_BY_TYPE
)
def test_a_model_of_the_users_goes_on_within_an_epoch_in_the_type_that_it_keeps(
    text, epochs_done, excerpt_path, users_model, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(steps, "SECONDS_BETWEEN", 0)
    users_model.write_text(text)
    flags = ["--dataset", excerpt_path, "--models", users_model, "--epochs", 2, "--limit", 4]
    assert run_here(monkeypatch, *flags, "--out", tmp_path / "whole") == 0
    with monkeypatch.context() as patch:
        interrupt_at_step(patch, 1 + 4 * epochs_done + 4, UserTrainer)  # the first is the warm-up
        assert run_here(patch, *flags, "--out", tmp_path / "cut") == 130
    folder = folder_below(tmp_path / "cut")
    taken = []
    train_step = UserTrainer.train_step
    monkeypatch.setattr(UserTrainer, "train_step", lambda *arguments: taken.append(1) or train_step(*arguments))
    capsys.readouterr()
    assert run_here(monkeypatch, "--resume", folder, "--models", users_model) == 0
    assert capsys.readouterr().err == ""
    assert len(taken) == 1 + 2 * 4 - (4 * epochs_done + 3)
    assert_ends_alike(folder, folder_below(tmp_path / "whole"))


def test_a_folder_that_names_code_does_not_get_it_run(go_on, folder, users_model, tmp_path):
    users_model.write_text(f"open({str(tmp_path / 'was-run')!r}, 'w')")
    for code in (str(users_model), f"{users_model.stem}:make_model"):
        change_config(folder, models=["mine"], resume={"models": ["numpy", code]})
        assert_refused(go_on("--data-dir", "data"), f"--models numpy {code} --data-dir data", "name it again")
    assert not (tmp_path / "was-run").exists()


def change_config(folder, resume=(), **values):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config |= values | {"resume": config["resume"] | dict(resume)}
    path.write_text(json.dumps({name: value for name, value in config.items() if value != "gone"}))


@pytest.mark.parametrize("name", [*resume.SETTINGS, "sha256"])
def test_a_configuration_without_a_setting_is_refused(name, go_on, folder):
    change_config(folder, **{name: "gone"})
    assert_refused(go_on(), f"{folder / 'config.json'} has no {name}", "start a new run")


@pytest.mark.parametrize("sha256", [None, {}])
def test_a_configuration_without_checksums_is_refused(sha256, go_on, folder):
    change_config(folder, sha256=sha256)
    assert_refused(go_on(), "has no sha256", "start a new run")


def test_a_configuration_with_the_checksum_of_one_array_alone_is_refused(go_on, folder):
    change_config(folder, sha256={"x_test": json.loads((folder / "config.json").read_text())["sha256"]["x_test"]})
    assert_refused(go_on(), "sha256 of x_train is ", "was None there")


def test_what_is_no_run_is_refused(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    for name in ("file", "empty", "nowhere"):
        assert run_here(monkeypatch, "--resume", tmp_path / name) == 2
        error = capsys.readouterr().err
        assert str(tmp_path / name) in error and "name the folder of a run" in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file"]


def test_a_run_from_before_runs_could_be_resumed_is_refused(go_on, folder):
    path = folder / "config.json"
    config = json.loads(path.read_text())
    del config["resume"]
    path.write_text(json.dumps(config))
    assert_refused(go_on(), str(folder), "before runs could be resumed", "start a new run")


def test_a_configuration_that_is_damaged_is_refused(go_on, folder):
    path = folder / "config.json"
    path.write_text(path.read_text()[:-20])
    assert_refused(go_on(), "config.json")


def test_another_folder_for_results_is_refused(go_on):
    assert_refused(go_on("--out", "elsewhere"), "--out")


def test_a_finished_run_is_said_to_be_finished_and_only_its_table_plots_and_report_are_made(
    uninterrupted, tmp_path, monkeypatch, capsys
):
    folder = shutil.copytree(uninterrupted, tmp_path / "run")
    (folder / "table.md").unlink()
    before = contents(folder)
    monkeypatch.setattr(NumpyTrainer, "train_epoch", lambda *arguments: pytest.fail("it trains"))
    drawn = []
    monkeypatch.setattr("harness.plots.draw_all", lambda path: drawn.append(path))
    capsys.readouterr()
    assert run_here(monkeypatch, "--resume", folder) == 0
    output = capsys.readouterr()
    assert "every training of this run is finished; only its table, plots and report are made again" in output.err
    assert output.out.startswith("\nclothes, adam")
    assert set(contents(folder)) - set(before) == {(folder / "table.md").relative_to(folder)}
    assert {name: content for name, content in contents(folder).items() if name in before} == before


def test_a_folder_that_another_process_writes_into_is_refused(go_on, folder):
    before = contents(folder)
    with only_writer(folder):
        assert_refused(go_on(), f"another process is writing into {folder}", "wait for it, or stop it")
    assert contents(folder) == before
    assert not is_written(folder)


def test_another_machine_is_told_and_the_run_goes_on(go_on, folder):
    path = folder / "environment.json"
    environment = json.loads(path.read_text()) | {"cpu": "8086", "cores": 64}
    path.write_text(json.dumps(environment))
    exit_code, errors = go_on()
    assert exit_code == 0
    assert errors.count("\n") == 1 and "8086 there" in errors and "64 there" in errors
    assert json.loads(path.read_text()) == environment  # most rows are from there


# Damage.


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def give_another_shape(path):
    with np.load(path) as arrays:
        arrays = dict(arrays)
    np.savez(path, **arrays | {"state_0000": arrays["state_0000"][..., :5]})


def fill_with_zeros(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("records", "state_0000"):
            archive.writestr(f"{name}.npy", bytes(20_000_000))


DAMAGES = [cut, flip_a_bit, empty, give_another_shape, fill_with_zeros]


@pytest.mark.parametrize("damage", DAMAGES)
def test_when_the_newest_checkpoint_is_damaged_the_one_before_serves(damage, go_on, folder, uninterrupted):
    damage(checkpoint_of(folder, 3))
    exit_code, errors = go_on()
    assert exit_code == 0
    assert errors.startswith(f"warning: {checkpoint_of(folder, 3)} cannot be read: ") and errors.count("\n") == 1
    assert_ends_alike(folder, uninterrupted)


@pytest.mark.parametrize("damage", [cut, give_another_shape])
def test_when_all_checkpoints_are_damaged_that_training_fails_and_the_others_go_on(
    damage, folder, flags, go_on, uninterrupted
):
    for epoch in (2, 3):
        damage(checkpoint_of(folder, epoch))
    before = read_epochs(folder)
    assert_lost(go_on(), folder, before, "can be read")
    assert go_on()[0] == 4  # and so it stays


def test_when_the_only_checkpoint_is_damaged_and_no_epoch_was_done_the_training_begins_anew(
    excerpt_path, users_model, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(steps, "SECONDS_BETWEEN", 0)
    models = ["--models", users_model]
    flags = ["--dataset", excerpt_path, *models, "--epochs", 1, "--limit", 5]
    assert run_here(monkeypatch, *flags, "--out", tmp_path / "whole") == 0
    with monkeypatch.context() as patch:
        interrupt_at_step(patch, 1 + 2, UserTrainer)
        assert run_here(patch, *flags, "--out", tmp_path / "cut") == 130
    folder = folder_below(tmp_path / "cut")
    (checkpoint,) = (folder / "checkpoints").iterdir()
    cut(checkpoint)
    capsys.readouterr()
    assert run_here(monkeypatch, "--resume", folder, *models) == 0
    errors = capsys.readouterr().err
    assert f"{checkpoint} cannot be read" in errors and "mine with seed 0 begins anew" in errors
    assert_ends_alike(folder, folder_below(tmp_path / "whole"))


def test_when_all_checkpoints_are_gone_the_training_does_not_silently_begin_anew(folder, go_on):
    shutil.rmtree(folder / "checkpoints")
    assert_lost(go_on(), folder, read_epochs(folder), "3 of 4 epochs are on record, and there is no checkpoint")


@pytest.mark.parametrize("with_weights", [True, False])
def test_with_all_rows_and_no_checkpoint_a_training_is_finished_if_its_weights_are_there(
    with_weights, uninterrupted, tmp_path, monkeypatch, capsys
):
    folder = shutil.copytree(uninterrupted, tmp_path / "run")
    (folder / "checkpoints").mkdir()
    for epoch in (EPOCHS - 1, EPOCHS):  # killed while they were removed, or before the weights were written
        checkpoint_of(folder, epoch).write_bytes(b"")
    if not with_weights:
        (folder / "weights" / "numpy-seed1.npz").unlink()
    before = read_epochs(folder)
    capsys.readouterr()
    answer = run_here(monkeypatch, "--resume", folder), capsys.readouterr().err
    if with_weights:
        assert answer[0] == 0 and "every training of this run is finished" in answer[1]
        assert_ends_alike(folder, uninterrupted)
    else:
        assert_lost(answer, folder, before, "all 4 epochs are on record, but weights/numpy-seed1.npz is missing")


def assert_lost(answer, folder, before, words):
    exit_code, errors = answer
    assert exit_code == 4
    assert f"numpy with seed 1: {words}" in errors.replace("no checkpoint of numpy-seed1 in ", "").replace(
        f"{folder / 'checkpoints'} ", ""
    )
    assert "start a new run" in errors
    assert read_epochs(folder).equals(before)
    (failure,) = json.loads((folder / "failures.json").read_text())
    assert (failure["model"], failure["seed"]) == ("numpy", 1)


def test_a_training_that_is_lost_leaves_those_behind_it_to_be_trained(flags, tmp_path, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        interrupt_in_epoch(patch, 3)
        assert run_here(patch, *flags, "--out", tmp_path) == 130
    folder = folder_below(tmp_path)
    shutil.rmtree(folder / "checkpoints")
    assert run_here(monkeypatch, "--resume", folder) == 4
    assert "numpy with seed 0" in capsys.readouterr().err
    assert list(zip(*(read_epochs(folder)[name] for name in ("seed", "epoch")), strict=True)) == [
        (0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (1, 4),
    ]  # fmt: skip
    assert [path.name for path in (folder / "weights").iterdir()] == ["numpy-seed1.npz"]


@pytest.mark.parametrize("every", [40, pytest.param(1, marks=pytest.mark.slow)])
def test_wherever_the_last_line_was_cut_the_run_ends_the_same(
    every, cut_off, uninterrupted, tmp_path, monkeypatch, capsys
):
    content = (cut_off / "epochs.csv").read_bytes()
    start = content[:-1].rindex(b"\n") + 1
    for length in range(start, len(content), every):
        folder = shutil.copytree(cut_off, tmp_path / str(length))
        (folder / "epochs.csv").write_bytes(content[:length])
        capsys.readouterr()
        assert run_here(monkeypatch, "--resume", folder) == 0
        assert_ends_alike(folder, uninterrupted)
        kept, errors = folder / "epochs.csv.torn-1", capsys.readouterr().err
        if length == start:  # a line is missing, and none is torn
            assert not kept.exists() and errors == ""
        else:
            assert kept.read_bytes() == content[:length]
            assert str(kept) in errors and errors.count("\n") == 1


def test_a_second_torn_line_does_not_take_the_place_of_the_first_copy(folder):
    path = folder / "epochs.csv"
    for number in (1, 2):
        path.write_bytes(path.read_bytes()[:-number])
        resume.read_rows(folder, lambda line: None)
    assert {path.name for path in folder.glob("*.torn*")} == {"epochs.csv.torn-1", "epochs.csv.torn-2"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda line: line[:20] + "\n",
        lambda line: line.replace(",", ";"),
        lambda line: line.replace("0.", "o.", 1),
        lambda line: '"' + line,
        lambda line: "\0" * len(line) + "\n",
        lambda line: "\n",
        lambda line: "\udcff\udcfe" + line[20:],
    ],
    ids=["cut", "other separators", "a letter", "a quotation mark", "zeros", "empty", "no text"],
)
def test_a_damaged_line_in_the_middle_is_named(damage, go_on, folder):
    path = folder / "epochs.csv"
    lines = path.read_text().splitlines(keepends=True)
    lines[3] = damage(lines[3])
    path.write_bytes("".join(lines).encode(errors="surrogateescape"))
    before = contents(folder)
    assert_refused(go_on(), f"line 4 of {path} cannot be read", "mend it, or start a new run")
    assert contents(folder) == before


def test_other_columns_are_refused(go_on, folder):
    path = folder / "epochs.csv"
    path.write_text(path.read_text().replace("train_loss", "loss"))
    assert_refused(go_on(), str(path), "columns", "train_loss")


def test_lines_that_another_program_ended_in_its_own_way_are_read(go_on, folder, uninterrupted):
    path = folder / "epochs.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert go_on() == (0, "")
    assert_ends_alike(folder, uninterrupted)


def test_missing_rows_are_taken_from_the_checkpoints_and_a_finished_training_is_done_again(
    go_on, folder, uninterrupted
):
    path = folder / "epochs.csv"
    path.unlink()
    exit_code, errors = go_on()
    assert exit_code == 0
    assert errors == "warning: numpy with seed 0 is trained again, as its rows are missing\n"
    heading, *lines = path.read_text().splitlines(keepends=True)
    assert [line.split(",")[3] for line in lines] == ["1"] * 3 + ["0"] * 4 + ["1"]
    path.write_text("".join([heading, *sorted(lines)]))
    assert_ends_alike(folder, uninterrupted)


@pytest.mark.parametrize("name", ["samples.npz", "environment.json", "predictions/numpy-seed1.npz"])
def test_what_else_is_missing_is_written_again(name, go_on, folder, uninterrupted):
    (folder / name).unlink()
    assert go_on() == (0, "")
    assert_ends_alike(folder, uninterrupted)
    assert (folder / name).exists()


def test_what_a_dead_process_left_unfinished_is_removed(go_on, folder, uninterrupted):
    for place in (folder, folder / "checkpoints", folder / "weights"):
        (place / ".numpy-seed1-epoch4.npz.4711.unfinished").write_bytes(b"half")
    assert go_on() == (0, "")
    assert_ends_alike(folder, uninterrupted)


def test_the_rows_of_a_model_that_cannot_be_made_any_more_are_kept(
    excerpt_path, users_model, tmp_path, monkeypatch, capsys
):
    flags = ["--dataset", excerpt_path, "--models", "numpy", users_model, "--epochs", 2, "--limit", 2]
    assert run_here(monkeypatch, *flags, "--out", tmp_path) == 0
    folder = folder_below(tmp_path)
    before = (folder / "epochs.csv").read_bytes()
    make_trainer = contenders.make_trainer

    def no_mine(model, *arguments):
        if model == "numpy":
            return make_trainer(model, *arguments)
        raise ImportError("no module of mine")

    monkeypatch.setattr(contenders, "make_trainer", no_mine)
    assert run_here(monkeypatch, "--resume", folder, "--models", "numpy", users_model) == 4
    assert "mine: a library is missing or cannot be imported: no module of mine" in capsys.readouterr().err
    assert (folder / "epochs.csv").read_bytes() == before
