"""The texts have the numbers of the committed results."""

import json
import re

import numpy as np
import pandas
import pytest

from harness.base.numbers import interval_text, margin_text, p_text
from harness.base.statistics import paired_difference, single_run_interval
from harness.experiments import EXPERIMENTS
from harness.results import read_config, read_epochs
from harness.results.studies import find_run_folders, find_studies
from harness.summaries.same_images import same_images
from harness.tables import overview
from tests.pages import ROOT, page, prose

EXCERPT = ROOT / "tests" / "fixtures" / "fashion_excerpt.npz"
REFERENCE = ROOT / "results" / "reference"
RUNS = [REFERENCE / "fashion", REFERENCE / "mnist"]  # those that are older than the plan
BENCH = REFERENCE / "bench" / "full"
NEWEST_BENCH = max(BENCH.iterdir())
RESULTS = page("results/reference/README.md")
TEXT = prose("results/reference/README.md")
PROOF = page("harness/parity/README.md")


def blocks(text):
    """Return the tables of a Markdown text, without what stands around them."""
    return [block for block in text.split("\n\n") if block.startswith("| ")]


@pytest.fixture(scope="module")
def tables():
    """Return what `python -m harness.tables` prints of the reference runs."""
    return overview(find_studies(RUNS))


def test_the_tables_of_the_reference_runs_stand_in_their_page(tables):
    assert blocks(tables)
    for block in blocks(tables):
        assert block in RESULTS


def test_the_page_of_results_has_no_other_table_of_runs(tables):
    section = RESULTS.split("## What came out before")[1].split("\n## ")[0]
    assert blocks(section) == blocks(tables)


def test_there_are_reference_runs_of_enough_seeds():
    seeds = {}
    for study in find_studies(RUNS):
        key = study.config["dataset"], study.config["experiment"]
        seeds[key] = {model: len(study.complete_seeds(model)) for model in study.config["models"]}
        if study.partial_trainings():
            assert "was cut off; its complete trainings count" in TEXT
        assert study.config["limit"] is None
    for dataset in ("fashion", "mnist"):
        assert min(seeds[dataset, "identical"].values()) >= 5
    for name in EXPERIMENTS.keys() - {"never-shuffled"}:  # which is planned, and not run yet
        experiment = EXPERIMENTS[name]
        assert min(seeds[experiment.dataset, name].values()) >= 3


@pytest.fixture(scope="module")
def studies():
    """Return the reference runs by data set and experiment."""
    return {(study.config["dataset"], study.config["experiment"]): study for study in find_studies(RUNS)}


def ends(study, column):
    """Return a column of NumPy and of Keras after the last epoch, of the seeds that both have finished."""
    numpy, keras = (study.at_end(model)[column] for model in ("numpy", "keras"))
    seeds = numpy.index.intersection(keras.index)
    return numpy[seeds], keras[seeds]


def test_what_the_ten_seeds_answered_that_were_decided_on_beforehand_stands_in_its_page(studies):
    numpy, keras = ends(studies["fashion", "identical"], "test_accuracy")
    first, accuracy = ((keras - numpy)[range(*seeds)] for seeds in ((0, 8), (10, 20)))
    p = paired_difference(first).p
    assert f"ahead with {(first > 0).sum()} of 8, by {first.mean():.3f} on average, p = {p:.2f}" in TEXT
    found = paired_difference(accuracy)
    answer = (
        f"Keras is ahead with {(accuracy > 0).sum()}, and the mean difference in accuracy is {found.mean:.4f} "
        f"(95 % interval {interval_text(found.low, found.high, signed=True)}, p = {p_text(found.p)})"
    )
    assert answer in TEXT and f"leave room for a difference of up to {margin_text(found.equal_within)}." in TEXT


def test_how_alike_the_scores_of_a_seed_are_and_how_equal_the_libraries_stands_in_its_page(studies):
    study = studies["fashion", "identical"]
    accuracy, loss = (np.corrcoef(*ends(study, column))[0, 1] for column in ("test_accuracy", "train_loss"))
    assert f"by {accuracy:.2f} in accuracy and {loss:.3f} in training loss" in TEXT
    assert f"over the {len(ends(study, 'test_loss')[0])} seeds on Fashion-MNIST" in TEXT
    fashion, mnist = (
        margin_text(paired_difference(np.subtract(*ends(studies[dataset, "identical"], "test_accuracy"))).equal_within)
        for dataset in ("fashion", "mnist")
    )
    assert f"equal in accuracy within {fashion} on Fashion-MNIST and {mnist} on MNIST" in TEXT


def test_how_often_the_models_of_one_seed_differ_stands_in_its_page(studies):
    study = studies["fashion", "identical"]
    seeds = ends(study, "test_accuracy")[0].index
    found = [item for item in (same_images(study, "keras", "numpy", seed) for seed in seeds) if item.p < 0.05]
    for_keras = sum(item.n_first > item.n_other for item in found)
    assert f"the models of {len(found)} of these {len(seeds)} seeds differ at 5 %" in TEXT
    assert f"{for_keras} times in favour of Keras and {len(found) - for_keras} times of NumPy" in TEXT


def test_the_scores_of_seed_0_that_are_committed_stand_in_their_page(studies):
    here = studies["fashion", "identical"].at_end("numpy")["test_accuracy"][0]
    (path,) = (REFERENCE / "parity" / "together").rglob("together.csv")
    rows = pandas.read_csv(path).query("pair == 'numpy float32, keras float32'")
    assert re.search(rf"NumPy's seed 0 ended at {here:.4f}, .* and {rows['accuracy'].iloc[-1]:.4f} on two", TEXT)


def test_how_wide_the_ranges_of_published_values_are_stands_in_its_page(studies):
    ranges = [
        single_run_interval(studies["fashion", name].at_end(model)["test_accuracy"])
        for name in ("write-up", "notebook")
        for model in ("numpy", "keras")
    ]
    widths = [high - low for low, high in ranges]
    assert f"are {min(widths):.3f} to {max(widths):.3f} wide, and 0.891 and 0.887 are inside all four" in TEXT
    assert all(low < value < high for low, high in ranges for value in (0.891, 0.887))


def test_the_tests_that_the_prose_names_are_those_of_its_tables(studies, tables):
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in tables.splitlines() if line.startswith("| ")]
    cells = {tuple(row[:4]): row for row in rows}
    ahead, behind = (cells["fashion", name, "keras - numpy", "accuracy"] for name in ("write-up", "notebook"))
    assert f"write-up's networks, by {ahead[6][1:]} (p = {ahead[8]}, and {ahead[9]} corrected)" in TEXT
    assert f"NumPy in the notebook's, by {behind[6][1:]} (p = {behind[8]})" in TEXT
    for n_tests, words in ((24, "24 tests of this table"), (20, "20 tests of the table")):
        assert f"Holm's correction is for the {n_tests} tests of this table." in tables and words in TEXT
    numbers = {row[1]: row for row in rows if (row[0], row[2]) == ("numpy", "training loss")}
    values, order = numbers["published-values"], numbers["shuffled-once"]
    words = f"higher by {values[5][1:]}, p = {float(values[7]):.0e}, or {float(values[8]):.0e} corrected"
    assert words in TEXT
    assert f"lower by {order[5][1:]}, p = {float(order[7]):.2f}," in TEXT and float(order[8]) > 0.05


def test_what_deeper_networks_one_without_convolutions_and_the_published_code_came_to_stands_in_its_page(
    studies, tables
):
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in tables.splitlines() if line.startswith("| ")]
    numbers = {row[1]: row for row in rows if (row[0], row[2]) == ("numpy", "accuracy")}
    deeper, dense = numbers["deeper"], numbers["dense-only"]
    assert f"ahead of `identical` by {deeper[5][1:]} in accuracy ({deeper[8]} corrected)" in TEXT
    assert f"is behind by {dense[5][1:]}" in TEXT
    assert f"macro-F1 of {studies['fashion', 'deeper'].at_end('numpy')['test_macro_f1'].mean():.4f}" in TEXT
    errors = [
        1 - studies["fashion", name].at_end("numpy")["test_accuracy"].mean() for name in ("dense-only", "identical")
    ]
    assert (
        round(10 * errors[0] / errors[1]) == 13
        and "where the convolutional network makes ten mistakes, it makes thirteen" in TEXT
    )
    low, high = single_run_interval(studies["mnist", "adam-published-code"].at_end("numpy")["test_accuracy"])
    assert f"between {low:.4f} and {high:.4f} with 95 %" in TEXT and low < 0.8528 < high


def test_what_the_seeds_in_common_would_have_said_of_pixel_bias_stands_in_its_page(studies):
    base, variant = (studies["fashion", name].at_end("numpy")["test_accuracy"] for name in ("identical", "pixel-bias"))
    few, ahead = base[variant.index].mean(), variant.mean() - base[variant.index].mean()
    words = f"is {ahead:.3f} ahead of seeds 0 to 2 of `identical`, which happen to be low ({few:.4f} on average), and "
    assert words + f"{variant.mean() - base.mean():.3f} ahead of all nineteen" in TEXT and len(base) == 19
    assert variant.max() - variant.min() < 0.00045 and "which lie within 0.0004" in TEXT


def bench_cells(run):
    """Return the training times of a reference benchmark as printed: lists of cells by batch size and contender."""
    table = (BENCH / run / "bench.md").read_text().split("\n\n")[1]
    assert table.startswith("| batch size")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {(int(row[0]), row[1]): row[2:] for row in rows}


def test_the_training_times_of_the_newest_reference_benchmark_stand_in_their_page():
    assert (NEWEST_BENCH / "bench.md").read_text().split("\n\n")[1] in RESULTS


def test_the_comparison_with_other_libraries_stands_in_its_page():
    older, newest = sorted((REFERENCE / "bench" / "peers").iterdir())
    assert (newest / "peers.md").read_text().split("\n\n")[0] in RESULTS
    for run in (older, newest):
        environment = json.loads((run / "environment.json").read_text())
        for text in (f"commit {environment['commit'][:7]}", f"kernel {environment['blas_kernel']}"):
            assert text in TEXT
    rows = [line.split("|") for line in (older / "peers.md").read_text().split("\n\n")[0].splitlines()[2:]]
    keras, torch = ([float(row[column].split("x")[0]) for row in rows] for column in (7, 9))
    assert (
        f"NumPy was {min(keras)} to {max(keras)} times as fast as Keras, and {min(torch):.2f} to {max(torch)}" in TEXT
    )


def test_the_noise_of_the_reference_benchmark_stands_in_its_page():
    single, tuned = (bench_cells(NEWEST_BENCH.name)[key] for key in ((1, "numpy"), (256, "keras-tuned")))
    assert f"NumPy's turns at batch size 1 last from {single[1]} to {single[2]} µs an image" in TEXT
    assert f"those of tuned Keras at batch size 256 from {tuned[1]} to {tuned[2]}." in TEXT


def test_what_the_benchmark_says_in_words_stands_in_its_page():
    lines = (NEWEST_BENCH / "bench.md").read_text().splitlines()
    sentences = [line for line in lines if line.startswith(("By the time of their steps", "An epoch of 60,000 images"))]
    assert len(sentences) == 3
    for sentence in sentences:
        assert sentence in TEXT


def test_the_prediction_times_of_the_reference_benchmark_stand_in_their_page():
    rows = pandas.read_csv(NEWEST_BENCH / "bench.csv").query("series == 'prediction'")
    times = rows.groupby(["contender", "batch_size"])["microseconds_per_image"].median().groupby("contender").min()
    words = (
        f"10,000 images takes NumPy {times['numpy']:.0f} µs an image, `predict` of Keras {times['keras']:.0f}, and "
        f"tuned Keras {times['keras-tuned']:.0f}, each at its best batch size"
    )
    assert words in TEXT


def test_the_largest_differences_of_the_reference_proof_stand_in_their_page():
    (path,) = (ROOT / "results" / "reference" / "parity" / "simple_cnn").rglob("parity.md")
    (table,) = [block for block in path.read_text().split("\n\n") if block.startswith("| precision")]
    assert table in PROOF


def test_how_long_the_models_stay_together_stands_in_its_page():
    (path,) = (ROOT / "results" / "reference" / "parity" / "together").rglob("together.md")
    assert path.read_text().strip() in PROOF


def test_the_differences_of_accuracy_that_the_prose_names_are_those_of_the_reference():
    (path,) = (ROOT / "results" / "reference" / "parity" / "together").rglob("together.csv")
    rows = pandas.read_csv(path).dropna()
    rows = rows[rows["pair"] == "numpy float32, keras float32"]
    gaps = (rows["accuracy"] - rows["other_accuracy"]).abs()
    words = f"differed by {gaps.mean():.3f} on average and by {gaps.max():.4f} at most"
    assert words in prose("harness/parity/README.md")
    assert f"At the {len(rows)} times" in PROOF


def test_the_readme_s_table_has_the_scores_and_times_of_the_reference(tables):
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in tables.splitlines() if line.startswith("| ")]
    found = {tuple(row[:3]): row for row in rows}
    (table,) = [block for block in blocks(page("README.md")) if "µs an image" in block]
    expected = []
    for dataset, title in (("fashion", "Fashion-MNIST"), ("mnist", "MNIST")):
        for model, name in (("numpy", "NumPy"), ("keras", "Keras")):
            row = found[dataset, "identical", model]
            accuracy, interval, f1 = row[5].split(" ")[0], row[6], row[7].split(" ")[0]
            expected.append([title, name, accuracy, interval, f1, bench_cells(NEWEST_BENCH.name)[1, model][0]])
    assert [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]] == expected


def test_the_readme_s_answer_is_that_of_the_reference(studies):
    answer = prose("README.md")
    (path,) = (REFERENCE / "parity" / "together").rglob("together.csv")
    last = pandas.read_csv(path).query("pair == 'numpy float64, keras float64'").iloc[-1]
    words = f"after {last['step']:,} steps from equal weights, no parameter differs by more than {last['largest']:.1e}"
    assert words in answer and last["agreement"] == 1
    assert "every test image is given the same class" in answer
    fashion, mnist = (
        margin_text(paired_difference(np.subtract(*ends(studies[dataset, "identical"], "test_accuracy"))).equal_within)
        for dataset in ("fashion", "mnist")
    )
    assert f"equal within {fashion} on Fashion-MNIST and {mnist} on MNIST" in answer
    names = ("numpy", "keras", "keras-tuned", "published-loops")
    numpy, keras, tuned, published = (bench_cells(NEWEST_BENCH.name)[1, name][0] for name in names)
    assert (
        f"takes NumPy {numpy} µs, Keras's `fit` {keras} µs, the fastest Keras that we know {tuned} µs, and the loops "
        f"of the write-ups {published} µs"
    ) in answer


def test_how_long_plain_fit_waited_stands_in_its_page():
    lines = (REFERENCE / "keras-waiting" / "waiting.txt").read_text().splitlines()[1:]
    calls = {
        name: [line.split()[-2:] for line in lines if line.startswith(name)] for name in ("fit(x, y)", "fit(data)")
    }
    steps, after = zip(*calls["fit(x, y)"], strict=True)
    n_long = sum(float(seconds) > 0.5 for seconds in after)
    assert f"waited for more than half a second in {n_long} of {len(after)} calls, {max(after)} s at most" in TEXT
    assert f"after steps of {min(steps)} to {max(steps)} s" in TEXT
    assert f"it waited {max(seconds for _, seconds in calls['fit(data)'])} s at most" in TEXT


def test_how_many_keras_epochs_of_the_reference_runs_end_right_after_a_tick_stands_in_its_page():
    ticks = np.cumsum([min(0.01 * 2**n, 60) for n in range(20)])
    folders = [path for place in RUNS for path in find_run_folders(place) if read_config(path)["batch_size"] == 1]
    epochs = pandas.concat(map(read_epochs, folders))
    seconds = epochs.loc[epochs["model"] == "keras", "wall_seconds"]
    since = np.array([(second - ticks[ticks <= second]).min() for second in seconds])
    reach = np.clip(ticks[:, None] + [0, 3], seconds.min(), seconds.max())
    chance = np.diff(reach).sum() / (seconds.max() - seconds.min()) * len(seconds)
    n_at_202 = ((since < 3) & seconds.between(201, 205)).sum()
    assert (
        f"{(since < 3).sum()} of the {len(seconds)} Keras epochs at batch size 1 end within 3 s after a tick, where "
        f"chance would give {chance:.0f}, and {n_at_202} of them at about 202 s"
    ) in TEXT
