"""A user's model as a contender: what it trains, tells and is called."""

import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from harness import run
from harness.base.errors import UsageError
from harness.experiments import RunConfig
from harness.experiments.networks import simple_cnn
from harness.experiments.optimizers import sgd
from harness.results import create_run_folder
from harness.results.journal import Journal
from harness.training import runner
from harness.training.numpy_trainer import NumpyTrainer
from harness.training.samples import Samples
from harness.training.user_trainer import UserTrainer
from harness.user_models import template
from harness.user_models.loading import load_user_model
from tests.harness.runs import run_here
from tests.harness.user_models.wrapped import HasBackward, HasForward, Silent, TellsLoss, TellsOutputs, loaded

OPTIMIZER = partial(sgd, learning_rate=0.005)


class TellsLossAndPredicts(TellsLoss, HasForward):
    """Tells the loss, and can be asked for outputs."""


class TellsOutputsAndPredicts(TellsOutputs, HasForward):
    """Tells the outputs, and can be asked for them."""


@pytest.fixture
def samples(excerpt):
    return Samples(excerpt, limit=30)


@pytest.fixture
def my_model(tmp_path):
    """Return the path of the template as a user's file."""
    path = tmp_path / "my_model.py"
    path.write_text(Path(template.__file__).read_text())
    return str(path)


@pytest.mark.parametrize(
    ("kind", "tells_loss", "tells_accuracy"),
    [
        (TellsOutputsAndPredicts, True, True),
        (HasBackward, True, True),
        (TellsLossAndPredicts, True, False),
        (HasForward, False, False),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
@pytest.mark.parametrize("batch_size", [1, 7])
@pytest.mark.processor
def test_it_trains_as_the_numpy_model_does(kind, tells_loss, tells_accuracy, batch_size, samples):
    twin = NumpyTrainer(simple_cnn, OPTIMIZER, "float64")  # in float32 rounding would decide maxima
    twin.model.initialize(0)
    make = partial(kind, dtype="float64", channels_first=True, out_in=True)
    trainer = UserTrainer(loaded(make), simple_cnn, OPTIMIZER, batch_size)
    assert trainer.parameters() == twin.parameters()
    weights = [weight.astype("float32") for weight in twin.get_weights()]  # in which a user's model is given them
    for each in (twin, trainer):
        each.start(weights)
    x, y = (array[:14] for array in samples.epoch(seed=0, epoch=1))
    trainer.warm_up(x[:10], y[:10], batch_size)
    assert trainer.steps_done == 0
    expected = twin.train_epoch(x, y, batch_size)
    found = trainer.train_epoch(x, y, batch_size)
    assert trainer.steps_done == -(-len(x) // batch_size)
    # All differences were below 2e-15.
    for is_told, one, other in zip((tells_loss, tells_accuracy), found, expected, strict=True):
        assert one == pytest.approx(other, abs=1e-12) if is_told else np.isnan(one)
    for weight, other in zip(trainer.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(weight, other, rtol=0, atol=1e-12)
    np.testing.assert_allclose(trainer.predict(x), twin.predict(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_state_comes_back_as_the_model_keeps_it(dtype):
    trainer = UserTrainer(loaded(partial(HasForward, dtype=dtype)), simple_cnn, OPTIMIZER)
    state = [np.random.default_rng(0).normal(size=array.shape) for array in trainer.get_state()]
    trainer.set_state(state)
    for found, array in zip(trainer.get_state(), state, strict=True):
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, array.astype(dtype))


def test_a_model_that_does_not_take_a_state_is_told(samples):
    class Deaf(HasForward):
        def set_weights(self, weights):
            pass

    trainer = UserTrainer(loaded(Deaf), simple_cnn, OPTIMIZER)
    with pytest.raises(UsageError, match="other weights than were set: conv2d/kernel differs"):
        trainer.set_state([array + 1e-5 for array in trainer.get_state()])


def test_a_loss_that_is_not_finite_stops_it_and_names_epoch_and_step(samples):
    class Diverges(TellsLossAndPredicts):
        def train_step(self, x, y, learning_rate):
            return np.nan if np.array_equal(x[0], self.bad) else 1.0

    x, y = samples.epoch(seed=0, epoch=1)
    Diverges.bad = x[4]
    trainer = UserTrainer(loaded(Diverges), simple_cnn, OPTIMIZER)
    with pytest.raises(FloatingPointError, match="epoch 2, step 5"):
        trainer.train_epoch(x, y, 1, epoch=2)


def test_without_a_forward_pass_it_cannot_predict():
    with pytest.raises(UsageError, match=r"my_model\.py: .*forward\(x\).*predict"):
        UserTrainer(loaded(Silent), simple_cnn, OPTIMIZER)


def test_the_batch_size_of_a_model_for_one_image_is_1():
    with pytest.raises(UsageError, match="one_image"):
        UserTrainer(loaded(partial(HasForward, one_image=True)), simple_cnn, OPTIMIZER, batch_size=8)


def test_a_model_that_changes_its_inputs_is_found_in_the_warm_up(samples):
    class Damaging(HasForward):
        def train_step(self, x, y, learning_rate):
            x += 1

    trainer = UserTrainer(loaded(Damaging), simple_cnn, OPTIMIZER)
    with pytest.raises(UsageError, match="changes x in place"):
        trainer.warm_up(*samples.epoch(0, 1, 2), 1)


@pytest.mark.processor
def test_a_file_is_a_contender_under_its_own_name(my_model, excerpt, tmp_path):
    folder = create_run_folder(tmp_path / "out", "excerpt", "identical")
    config = RunConfig(models=("numpy", my_model), epochs=1, limit=8)
    epochs = runner.run_experiment(config, excerpt, Journal(folder))
    assert list(epochs["model"]) == ["numpy", "my_model"]
    for column in ("train_loss", "train_accuracy", "test_loss", "test_macro_f1"):
        assert epochs[column][0] == pytest.approx(epochs[column][1], abs=1e-6)
    assert json.loads((folder.path / "config.json").read_text())["models"] == ["numpy", "my_model"]
    ours, theirs = (np.load(folder.path / "weights" / f"{name}-seed0.npz") for name in ("numpy", "my_model"))
    for name in ours.files:  # in Keras's layout, although the template has channels first
        np.testing.assert_allclose(theirs[name], ours[name], rtol=0, atol=1e-6)


def test_the_command_draws_and_prints_it_and_says_what_it_does_not_tell(
    my_model, excerpt_path, tmp_path, monkeypatch, capsys
):
    text = Path(my_model).read_text().replace("        return probabilities\n", "")
    Path(my_model).write_text(text)
    arguments = ["--dataset", str(excerpt_path), "--models", my_model, "--limit", "4", "--epochs", "1"]
    assert run_here(monkeypatch, *arguments, "--out", tmp_path / "out", with_plots=True) == 0
    printed = capsys.readouterr()
    assert "my_model seed 0 epoch 1: train loss n/a accuracy n/a, test loss " in printed.out
    assert "| my_model |" in printed.out
    assert printed.err == "warning: my_model reports no loss or no accuracy while it trains\n"
    (folder,) = (tmp_path / "out" / "fashion_excerpt" / "identical").iterdir()
    assert (folder / "plots" / "learning_curves.png").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("def forward(self, x)", "def outputs(self, x)"), "no method forward(x)"),
        (("Dense(100, 10)", "Dense(10, 100)"), "(10, 100) for dense_1/kernel"),
        (("def make_model", "def make"), "no function make_model()"),
    ],
)
def test_a_model_that_cannot_train_ends_the_command_before_any_training(
    change, words, my_model, excerpt_path, tmp_path, capsys
):
    text = (
        Path(my_model)
        .read_text()
        .replace("self.forward(x)", "self.outputs(x)" if "outputs" in change[1] else "self.forward(x)")
    )
    Path(my_model).write_text(text.replace(*change))
    out = tmp_path / "out"
    assert run.main(["--dataset", str(excerpt_path), "--models", "numpy", my_model, "--out", str(out)]) == 2
    printed = capsys.readouterr()
    assert words in printed.err and "Traceback" not in printed.err and " epoch " not in printed.out
    assert not [path for path in out.rglob("*") if path.is_file()]


RAISING = """
class Bad:
    def __array__(self, *arguments, **options):
        raise BaseException("no array")
"""


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("return Bad()", "returned a Bad that cannot be an array: no array"),
        ("raise SystemExit(0)", "raised SystemExit (my_model.py, line "),
    ],
)
def test_a_model_that_raises_no_exception_does_not_take_the_others_with_it(
    new, words, my_model, excerpt_path, tmp_path, monkeypatch, capsys
):
    text = Path(my_model).read_text().replace("        return probabilities\n", f"        {new}\n")
    Path(my_model).write_text(text + RAISING)
    arguments = ["--dataset", str(excerpt_path), "--models", my_model, "numpy", "--limit", "4", "--epochs", "1"]
    assert run_here(monkeypatch, *arguments, "--out", tmp_path / "out") == 4
    printed = capsys.readouterr()
    assert words in printed.err and printed.err.count("\n") == 1
    assert "numpy seed 0 epoch 1" in printed.out


def test_a_model_that_fails_in_training_does_not_take_the_others_with_it(
    my_model, excerpt_path, tmp_path, monkeypatch, capsys
):
    text = Path(my_model).read_text().replace("gradient[y] -= 1", "gradient[y] -= 1 / 0")
    Path(my_model).write_text(text)
    arguments = ["--dataset", str(excerpt_path), "--models", my_model, "numpy", "--limit", "4", "--epochs", "1"]
    assert run_here(monkeypatch, *arguments, "--out", tmp_path / "out", with_plots=True) == 4
    printed = capsys.readouterr()
    assert "at step 1 train_step(x, y, learning_rate) raised ZeroDivisionError (my_model.py, line " in printed.err
    assert "numpy seed 0 epoch 1" in printed.out


@pytest.mark.parametrize(
    ("models", "words"),
    [
        (("numpy", "nowhere.py"), "nowhere.py does not exist"),
        (("numpy", "my_model"), "a file such as my_model.py"),
        (("a.module:keras",), "another model's name"),
        (("a:make", "b:make"), "name each once"),
    ],
)
def test_models_that_cannot_be_are_refused_before_anything_is_read(models, words):
    with pytest.raises(UsageError, match=words):
        RunConfig(models=models)


def test_a_file_must_not_have_the_name_of_another_model(tmp_path):
    (tmp_path / "keras.py").write_text("")
    with pytest.raises(UsageError, match="would be called keras"):
        RunConfig(models=(str(tmp_path / "keras.py"),))


def test_a_file_is_run_under_a_name_that_hides_no_other_module(tmp_path):
    (tmp_path / "json.py").write_text(Path(template.__file__).read_text())
    assert load_user_model(str(tmp_path / "json.py")).name == "json"
    assert sys.modules["json"] is json
