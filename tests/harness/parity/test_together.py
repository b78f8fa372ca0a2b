"""How long two models stay together: pieces of the training, rows, table and plot."""

import numpy as np
import pandas
import pytest

from harness.parity import together
from harness.parity.config import ParityConfig
from harness.results import create_run_folder
from harness.training.samples import Samples


@pytest.fixture(scope="module")
def written(excerpt, tmp_path_factory):
    """Return table, rows and folder of 50 steps of two images, compared every 4."""
    config = ParityConfig(steps=50, batch_size=2, network="adam")
    samples = Samples(excerpt)
    trainers = together.make_trainers(config, samples, every=4)
    folder = create_run_folder(tmp_path_factory.mktemp("out"), "parity", "together")
    table = together.write_together(trainers, config, samples, 4, "a title", folder)
    return table, pandas.read_csv(folder.path / "together.csv"), folder.path


@pytest.mark.parametrize(
    ("steps", "batch_size", "n_train", "every", "expected"),
    [
        (5, 1, 10, 2, [(1, 0, 2), (1, 2, 4), (1, 4, 5)]),
        # Seven images in batches of two are four steps, the last of one image; then the next epoch begins.
        (6, 2, 7, 3, [(1, 0, 6), (1, 6, 7), (2, 0, 4)]),
    ],
)
def test_pieces_end_with_their_epoch_and_hold_all_steps(steps, batch_size, n_train, every, expected):
    config = ParityConfig(steps=steps, batch_size=batch_size)
    assert together.pieces(config, n_train, every) == expected


def test_every_pair_has_a_row_for_every_comparison(written):
    _, rows, _ = written
    pairs = [", ".join(pair) for pair in together.PAIRS]
    for pair in pairs:
        own = rows[rows["pair"] == pair]
        assert own["step"].tolist() == [4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 50]
        assert own.dropna()["step"].tolist() == [40, 50]  # scored at every tenth comparison, and the last
    assert set(rows["pair"]) == set(pairs)


@pytest.mark.processor
def test_in_float64_both_libraries_stay_together_and_float32_is_apart_from_float64_by_rounding(written):
    _, rows, _ = written
    largest = rows.groupby("pair")["largest"].max()
    assert largest["numpy float64, keras float64"] < 1e-13  # measured 2e-16
    for pair in ("numpy float32, keras float32", "keras float32, keras float64", "numpy float32, numpy float64"):
        assert 1e-9 < largest[pair] < 1e-4  # measured 6e-8 to 2e-7
    last = rows[(rows["pair"] == "numpy float64, keras float64") & (rows["step"] == 50)].iloc[0]
    assert last["accuracy"] == last["other_accuracy"] and last["agreement"] == 1
    assert last["accuracy"] > 0.15, "nothing was learned"


def test_a_nudge_of_the_first_weights_is_all_that_sets_one_model_in_float64_apart(written):
    _, rows, _ = written
    nudged = rows[rows["pair"] == f"{together.NUDGED}, numpy float64"].set_index("step")["largest"]
    assert 0.5e-7 < nudged[4] < 2e-6  # measured 1.1e-7
    assert len(nudged) == 13


def test_every_weight_is_nudged_up_or_down_by_as_much():
    weights = [np.ones((3, 2), np.float32), np.zeros(50, np.float32)]
    moved = together.nudged(weights, seed=0)
    for array, other in zip(weights, moved, strict=True):
        assert other.dtype == np.float64
        np.testing.assert_allclose(np.abs(other - array), together.NUDGE, rtol=1e-6)
    assert (moved[1] > 0).any() and (moved[1] < 0).any()


def test_the_table_has_the_first_the_tenfold_and_the_last_comparison(written):
    table, _, folder = written
    assert (folder / "together.md").read_text() == table + "\n"
    steps = [line.split("|")[2].strip() for line in table.splitlines()[2:]]
    assert steps == ["4", "40", "50"] * 5
    assert (folder / "together.png").stat().st_size > 10_000


def test_models_that_predict_differently_are_told_apart():
    ours, theirs, labels = np.array([0, 1, 2, 3]), np.array([0, 1, 2, 0]), np.array([0, 1, 1, 1])
    assert together.scores(ours, theirs, labels) == (0.5, 0.5, 0.75)
