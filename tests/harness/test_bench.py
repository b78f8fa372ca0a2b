"""The benchmark: turns, rounds, ratios, and the command on a tiny plan."""

import json
import subprocess
import sys

import numpy as np
import pandas
import pytest

import numpy_model
from harness.bench import report, rounds
from harness.bench.contenders import ProductTurns, Turns
from harness.bench.plan import NUMPY, QUICK, Contender, Plan, Workload, tuned_candidates
from harness.bench.profile import profile
from harness.bench.worker import Worker
from harness.errors import ModelError
from numpy_model.deferred import CAPACITY


@pytest.fixture(autouse=True)
def own_choice_of_threads():
    yield
    numpy_model.config.set_threads(None)


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory):
    """Return the process and the folder of `python -m harness.bench --quick`."""
    out = tmp_path_factory.mktemp("bench")
    command = [sys.executable, "-m", "harness.bench", "--quick", "--out", str(out)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=200)
    return process, next((out / "bench" / "quick").iterdir(), None)


def test_a_quick_run_writes_rows_environment_tables_and_plot(quick_run):
    process, folder = quick_run
    assert process.returncode == 0, process.stderr
    assert {path.name for path in folder.iterdir()} == {"bench.csv", "bench.md", "bench.png", "environment.json"}
    assert (folder / "bench.md").read_text().strip() in process.stdout
    assert json.loads((folder / "environment.json").read_text())["threads"]["OPENBLAS_NUM_THREADS"] == "1"


def test_every_contender_takes_a_turn_in_every_round(quick_run):
    _, folder = quick_run
    rows = pandas.read_csv(folder / "bench.csv")
    assert tuple(rows.columns) == rounds.COLUMNS
    training = rows[rows["series"] == "batch size"]
    turns = training.groupby(["batch_size", "contender"])["round"].apply(list)
    expected = {(1, "naive"), *((size, name) for size in (1, 8) for name in ("numpy", "keras", "keras-tuned", "blas"))}
    assert set(turns.index) == expected
    assert all(turn == [1, 2] for turn in turns)
    assert (rows["microseconds_per_image"] > 0).all()


def test_turns_are_interleaved():
    taken = []

    class Recorder:
        def __init__(self, contender):
            self.contender = contender

        def prepare(self, workload):
            pass

        def forget(self):
            pass

        def take(self, workload):
            taken.append(self.contender.name)
            return 1.0

    crew = rounds.Crew(stack=None)
    crew.worker = Recorder
    workload = Workload("train", 1, 10)
    crew.take_turns("batch size", [(Contender("a", "numpy"), workload), (Contender("b", "numpy"), workload)], 3)
    assert taken == ["a", "b"] * 3


def test_a_turn_starts_from_the_first_weights():
    turns = Turns(NUMPY, Workload("train", 4, 12))
    turns.take()
    first = turns.model.get_weights()
    turns.take()
    assert all(np.array_equal(one, other) for one, other in zip(first, turns.model.get_weights(), strict=True))


@pytest.mark.parametrize("batch_size", [1, 2])
def test_the_floor_makes_the_multiplications_of_a_training_step(batch_size):
    products = ProductTurns(Workload("train", batch_size, 4))._products
    n_images = CAPACITY if batch_size == 1 else 4
    made = sum(out.size * left.shape[-1] for left, right, out in products) / n_images
    convolutions = 28 * 28 * 25 * 6 * 2 + 28 * 28 * 150 * 6 * 3  # forward and backward; the first layer without inputs
    dense = (1176 * 100 + 100 * 10) * 3
    # More, as cells are computed that nobody reads.
    assert 1 < made / (convolutions + dense) < 1.2  # measured 1.12 and 1.06


@pytest.mark.parametrize(("batch_size", "n_steps"), [(1, CAPACITY), (2, 2)])
def test_the_floor_hears_each_step_once(batch_size, n_steps):
    products = ProductTurns(Workload("train", batch_size, 4))._products
    assert sum(out.shape == (batch_size, 10) for _, _, out in products) == n_steps


def test_a_ratio_is_the_median_over_rounds_of_times_side_by_side():
    rows = [
        {
            "series": "batch size", "task": "train", "batch_size": 1, "n_images": 10, "side": 28, "filters": 6,
            "contender": contender, "setting": "", "round": number, "microseconds_per_image": time,
        }
        for contender, times in (("numpy", (1, 2, 4)), ("keras", (10, 40, 44)))
        for number, time in enumerate(times)
    ]  # fmt: skip
    ratio = report.ratios(rows, "batch size")
    assert ratio["keras"].iloc[0] == 11  # of 10, 20 and 11
    assert ratio["numpy"].iloc[0] == 1


def growth_rows(series, column, sizes, keras_ratios):
    """Return rows of two rounds, in which NumPy takes 1 µs an image, and Keras the ratios."""
    common = {"series": series, "task": "train", "batch_size": 32, "n_images": 10, "side": 28, "filters": 6}
    return [
        {**common, "setting": "", "round": number, "contender": contender, column: size, "microseconds_per_image": time}
        for number in (1, 2)
        for size, ratio in zip(sizes, keras_ratios, strict=True)
        for contender, time in (("numpy", 1), ("keras", ratio))
    ]


@pytest.mark.parametrize(
    ("keras_ratios", "sentence"),
    [
        ((4, 2, 0.5), "Keras becomes faster than NumPy at image side 79."),  # half way from 56 to 112 on a log scale
        ((4, 3, 2), "NumPy is faster at every image side from 28 to 112."),
        ((0.9, 0.8, 0.7), "Keras is faster at every image side from 28 to 112."),
    ],
)
def test_the_crossing_is_where_the_ratio_is_one(keras_ratios, sentence):
    rows = growth_rows("image side", "side", (28, 56, 112), keras_ratios)
    assert report.crossing(rows, "image side", "side") == sentence


def test_doubling_compares_whole_times():
    rows = growth_rows("number of images", "n_images", (100, 200, 400), (10, 11, 11))
    table = report.doubling(rows)
    ratios = [line.split("|")[4].strip() for line in table.splitlines()[2:]]
    assert ratios == ["", "2.00x", "2.00x", "", "2.20x", "2.00x"]


def test_plans_measure_what_the_names_say():
    assert [workload.batch_size for workload in Plan().training()] == [1, 8, 32, 128, 256]
    growth = Plan().growth()
    assert [workload.side for workload in growth["image side"]] == [28, 56, 112]
    assert [workload.filters for workload in growth["filters"]] == [6, 16, 64]
    assert [workload.n_images for workload in growth["number of images"]] == [2_000, 4_000, 8_000]
    assert QUICK.rounds < Plan().rounds


def test_settings_of_keras_are_tried_alone_and_together_and_named():
    settings = {candidate.setting for candidate in tuned_candidates(1)}
    assert len(settings) == 8
    assert "threads=1, steps_per_execution=100, jit_compile=True" in settings


def test_a_worker_that_dies_is_named():
    worker = Worker(Contender("broken", "numpy", threads=-1))
    with pytest.raises(ModelError, match="the process of broken ended"):
        worker.prepare(Workload("train", 1, 1))
    worker.close()


def test_a_profile_names_every_layer_and_the_floor():
    table = profile(batch_size=1, n_steps=5)
    assert all(name in table for name in ("conv2d_1", "max_pooling2d", "dense_1", "matrix products alone"))


def test_help_answers_without_importing_numpy():
    code = "import sys; from harness.bench.__main__ import parse; parse([]); print('numpy' in sys.modules)"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert process.stdout.strip() == "False"
