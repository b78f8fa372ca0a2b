"""The runner: order, clock, records."""

import contextlib
import json
from dataclasses import replace
from functools import partialmethod

import numpy as np
import pytest

import numpy_model
from harness.base.errors import ModelError
from harness.experiments import EXPERIMENTS, RunConfig
from harness.results import COLUMNS, create_run_folder, read_epochs
from harness.results.journal import Journal
from harness.training import contenders, runner
from harness.training.numpy_trainer import NumpyTrainer
from harness.training.samples import Samples
from keras_model import KerasTrainer


@pytest.fixture(scope="module")
def both(excerpt, tmp_path_factory):
    """Return config, epochs and folder of a short run of both models."""
    config = RunConfig(dataset="excerpt", epochs=2, limit=50, seeds=(0, 1))
    folder = create_run_folder(tmp_path_factory.mktemp("results"), "excerpt", "identical")
    return config, runner.run_experiment(config, excerpt, Journal(folder)), folder


@pytest.fixture
def in_float64(monkeypatch):
    """Have all trainers compute in float64.

    In float32 two pixels of a pooling window are soon so close that rounding decides which receives the gradient, and
    each kernel of BLAS rounds in its own way: with that of AVX2 losses were 3e-4 apart after 50 steps.
    """
    for trainer in (NumpyTrainer, KerasTrainer):
        monkeypatch.setattr(trainer, "__init__", partialmethod(trainer.__init__, dtype="float64"))


def test_there_is_one_row_for_each_model_seed_and_epoch(both):
    _, epochs, _ = both
    expected = [(model, seed, epoch) for seed in (0, 1) for model in ("numpy", "keras") for epoch in (1, 2)]
    assert list(epochs[["model", "seed", "epoch"]].itertuples(index=False, name=None)) == expected
    assert tuple(epochs.columns) == COLUMNS


@pytest.mark.processor
def test_the_two_models_agree_but_for_rounding(both, excerpt, in_float64):
    epochs = runner.run_experiment(both[0], excerpt)
    numpy, keras = (epochs[epochs["model"] == model].reset_index(drop=True) for model in ("numpy", "keras"))
    for column in ("train_loss", "test_loss"):
        assert np.abs(numpy[column] - keras[column]).max() < 1e-12  # measured 9e-16
    for column in ("train_accuracy", "test_accuracy", "test_macro_f1"):
        assert np.abs(numpy[column] - keras[column]).max() < 1e-12  # measured 0


def test_the_folder_holds_what_the_contract_names(both):
    _, epochs, folder = both
    assert read_epochs(folder.path).shape == epochs.shape
    config = json.loads((folder.path / "config.json").read_text())
    assert (config["epochs"], config["learning_rate"], config["limit"]) == (2, 0.005, 50)
    environment = json.loads((folder.path / "environment.json").read_text())
    assert environment["numpy"] == np.__version__
    assert environment["keras"]["keras"]
    names = {f"{model}-seed{seed}.npz" for model in ("numpy", "keras") for seed in (0, 1)}
    assert {path.name for path in (folder.path / "weights").iterdir()} == names
    assert {path.name for path in (folder.path / "predictions").iterdir()} == names


@pytest.mark.processor
def test_the_weights_that_were_saved_make_the_predictions_that_were_saved(both, excerpt):
    _, _, folder = both
    model = EXPERIMENTS["identical"].recipe.network(numpy_model)
    samples = Samples(excerpt, limit=50)
    for name in ("numpy-seed1", "keras-seed1"):
        model.load_weights(folder.path / "weights" / f"{name}.npz")
        saved = np.load(folder.path / "predictions" / f"{name}.npz")
        probabilities = model.predict(samples.test_pixels())
        _, second, first = np.sort(probabilities)[:, -3:].T
        is_clear = first - second > 1e-5  # else rounding, which is another in Keras, decides; the smallest is 2e-3
        assert is_clear.sum() >= 45
        np.testing.assert_array_equal(probabilities.argmax(axis=1)[is_clear], saved["predictions"][is_clear])
        np.testing.assert_array_equal(samples.y_test, saved["labels"])


@pytest.mark.processor
def test_the_same_seed_gives_the_same_rows_but_for_times(both, excerpt):
    config, epochs, _ = both
    again = runner.run_experiment(RunConfig(**vars(config) | {"models": ("numpy",)}), excerpt)
    scores = [column for column in COLUMNS if not column.endswith("seconds")]
    first = epochs[epochs["model"] == "numpy"][scores].reset_index(drop=True)
    assert first.equals(again[scores])


@pytest.mark.processor
def test_naive_is_a_contender_like_the_others(excerpt, in_float64):
    small = replace(excerpt, x_train=excerpt.x_train[:, 8:16, 8:16], x_test=excerpt.x_test[:, 8:16, 8:16])
    config = RunConfig(models=("numpy", "naive"), epochs=1, limit=1)
    numpy, naive = runner.run_experiment(config, small)["train_loss"]
    assert numpy == pytest.approx(naive, abs=1e-12)  # measured 0


def test_nothing_is_printed(excerpt, capfd):
    runner.run_experiment(RunConfig(models=("numpy",), epochs=1, limit=20), excerpt)
    assert capfd.readouterr() == ("", "")


def test_evaluation_warm_up_and_waiting_are_outside_the_clock(excerpt, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(runner.time, "perf_counter", lambda: now[0])

    def taking(method, seconds, waiting=0):
        def timed(self, *arguments):
            now[0] += seconds
            result = method(self, *arguments)
            now[0] += waiting
            return result

        return timed

    # The warm-up is itself an epoch and a prediction: 1000 + 5 + 300 + 70 seconds.
    for name, *seconds in (("train_epoch", 5, 300), ("predict", 70), ("warm_up", 1000)):
        monkeypatch.setattr(NumpyTrainer, name, taking(getattr(NumpyTrainer, name), *seconds))
    (row,) = runner.run_experiment(RunConfig(models=("numpy",), epochs=1, limit=4), excerpt).to_dict("records")
    names = ("wall_seconds", "waiting_seconds", "eval_seconds", "warm_up_seconds")
    assert [row[name] for name in names] == [5, 300, 70, 1375]


def test_the_watcher_is_told_the_label_and_the_number_of_steps(excerpt):
    seen = []

    def watch(trainer, label, n_steps):
        seen.append((label, n_steps))
        return contextlib.nullcontext()

    config = RunConfig(models=("numpy",), epochs=2, limit=10, batch_size=4)
    runner.run_experiment(config, excerpt, watch=watch)
    assert seen == [("numpy, seed 0, epoch 1/2", 3), ("numpy, seed 0, epoch 2/2", 3)]


def test_a_diverging_model_is_named_with_its_step_and_leaves_the_others_standing(excerpt, tmp_path):
    config = RunConfig(models=("numpy", "keras"), epochs=2, limit=40, learning_rate=1e12)
    folder = create_run_folder(tmp_path, "excerpt", "identical")
    with pytest.raises(ModelError, match=r"numpy with seed 0: .* at epoch 1, step \d+.*keras with seed 0: .*step \d+"):
        runner.run_experiment(config, excerpt, Journal(folder))
    assert len(read_epochs(folder.path)) == 0


def test_epochs_before_a_divergence_are_kept(excerpt, tmp_path, monkeypatch):
    train_epoch = NumpyTrainer.train_epoch

    def diverge_in_epoch_2(self, x, y, batch_size, epoch=1):
        if epoch == 2:
            raise FloatingPointError("the loss is nan at epoch 2, step 7")
        return train_epoch(self, x, y, batch_size, epoch)

    monkeypatch.setattr(NumpyTrainer, "train_epoch", diverge_in_epoch_2)
    folder = create_run_folder(tmp_path, "excerpt", "identical")
    with pytest.raises(ModelError) as caught:
        runner.run_experiment(RunConfig(models=("numpy",), epochs=3, limit=10), excerpt, Journal(folder))
    assert list(caught.value.epochs["epoch"]) == [1]
    assert list(read_epochs(folder.path)["epoch"]) == [1]


def test_any_error_of_one_model_leaves_the_others_standing(excerpt, monkeypatch):
    monkeypatch.setattr(NumpyTrainer, "train_epoch", lambda *arguments: 1 / 0)
    with pytest.raises(ModelError, match="numpy with seed 0: division by zero") as caught:
        runner.run_experiment(RunConfig(models=("numpy", "keras"), epochs=1, limit=5), excerpt)
    assert list(caught.value.epochs["model"]) == ["keras"]


def test_a_model_for_which_there_is_no_memory_is_refused_before_it_is_made(excerpt, monkeypatch):
    monkeypatch.setattr("numpy_model.config.ASKED_FROM", 0)
    monkeypatch.setattr("numpy_model.config.available_memory", lambda: 1_900_000)  # for every layer, and not for all
    with pytest.raises(ModelError, match=r"to train numpy, whose parameters are 0.00 GB, needs .*; make the images or"):
        runner.run_experiment(RunConfig(models=("numpy",), limit=4, epochs=1), excerpt)


def test_models_whose_parameters_differ_are_not_trained(excerpt, monkeypatch):
    def transposed(self):
        return [(name, shape[::-1]) for name, shape in reversed(original(self))]

    original = NumpyTrainer.parameters
    monkeypatch.setattr(
        contenders,
        "make_trainer",
        lambda *arguments: type("Other", (NumpyTrainer,), {"parameters": transposed})(*arguments[1:3]),
    )
    with pytest.raises(ModelError, match="differ before training"):
        runner.run_experiment(RunConfig(models=("numpy",), limit=4), excerpt)


def starts_and_orders(config, excerpt, monkeypatch):
    """Run, and return by (model, seed) the first weights and the labels of every epoch in their order."""
    starts, orders = {}, {}
    train_epoch = runner.train_epochs

    def spy(contender, seed, samples, config, watch, *more):
        starts[contender.name, seed] = contender.trainer.get_weights()
        train = contender.trainer.train_epoch

        def spied(x, y, batch_size, epoch=1):
            if len(y) == samples.n_train:  # not the warm-up
                orders.setdefault((contender.name, seed), []).append(y.tolist())
            return train(x, y, batch_size, epoch)

        monkeypatch.setattr(contender.trainer, "train_epoch", spied, raising=False)
        yield from train_epoch(contender, seed, samples, config, watch, *more)

    monkeypatch.setattr(runner, "train_epochs", spy)
    runner.run_experiment(config, excerpt)
    return starts, orders


def test_shuffled_once_means_that_every_epoch_has_the_order_of_the_first(excerpt, monkeypatch):
    config = RunConfig(experiment="shuffled-once", models=("numpy",), epochs=2, limit=40)
    _, orders = starts_and_orders(config, excerpt, monkeypatch)
    assert orders["numpy", 0][0] == orders["numpy", 0][1]
    config = RunConfig(experiment="identical", models=("numpy",), epochs=2, limit=40)
    _, orders = starts_and_orders(config, excerpt, monkeypatch)
    assert orders["numpy", 0][0] != orders["numpy", 0][1]


def test_never_shuffled_means_that_every_epoch_has_the_order_of_the_data_set(excerpt, monkeypatch):
    config = RunConfig(experiment="never-shuffled", models=("numpy",), epochs=2, limit=40)
    _, orders = starts_and_orders(config, excerpt, monkeypatch)
    assert orders["numpy", 0] == [excerpt.y_train[:40].tolist()] * 2


def test_models_of_the_write_up_have_their_own_networks_values_and_orders(excerpt, monkeypatch):
    config = RunConfig(experiment="write-up", epochs=2, limit=30, seeds=(0, 1))
    starts, orders = starts_and_orders(config, excerpt, monkeypatch)
    sizes = {model: sum(weight.size for weight in starts[model, 0]) for model in ("numpy", "keras")}
    assert sizes == {"numpy": 129_168, "keras": 119_772}
    assert (starts["keras", 0][0] != starts["keras", 1][0]).all()
    assert starts["numpy", 0][0].std() == pytest.approx(1 / 25, rel=0.2)  # 150 numbers
    assert orders["numpy", 0][0] == orders["numpy", 0][1]
    assert orders["keras", 0][0] != orders["keras", 0][1]


@pytest.mark.processor
def test_keras_draws_the_same_initial_values_from_the_same_seed(excerpt, monkeypatch):
    config = RunConfig(experiment="write-up", models=("keras",), epochs=1, limit=10)
    first, _ = starts_and_orders(config, excerpt, monkeypatch)
    again, _ = starts_and_orders(config, excerpt, monkeypatch)
    for one, other in zip(first["keras", 0], again["keras", 0], strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_published_code_is_trained_by_numpy_and_refused_for_keras(excerpt):
    with pytest.raises(ModelError, match="use --models numpy") as raised:
        runner.run_experiment(RunConfig(experiment="adam-published-code", epochs=1, limit=20), excerpt)
    assert list(raised.value.epochs["model"]) == ["numpy"]


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if name != "adam-published-code"])
def test_every_experiment_trains_both_models(name, excerpt, tmp_path, in_float64):
    folder = create_run_folder(tmp_path, "excerpt", name)
    epochs = runner.run_experiment(RunConfig(experiment=name, epochs=1, limit=20), excerpt, Journal(folder))
    assert list(epochs["model"]) == ["numpy", "keras"]
    if not EXPERIMENTS[name].recipes:  # else each library has a network of its own
        numpy, keras = epochs["train_loss"]
        assert numpy == pytest.approx(keras, rel=1e-12)  # measured 4e-16


def test_the_configuration_says_how_many_parameters_each_model_has(excerpt, tmp_path):
    folder = create_run_folder(tmp_path, "excerpt", "adam")
    runner.run_experiment(RunConfig(experiment="adam", epochs=1, limit=4), excerpt, Journal(folder))
    config = json.loads((folder.path / "config.json").read_text())
    assert config["n_parameters"] == {"numpy": 17_010, "keras": 17_010}
    assert config["published"] == []  # a limited run has no published counterpart
    assert config["format"] == 1
