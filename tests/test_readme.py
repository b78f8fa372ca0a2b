"""The texts have the numbers of the committed results."""

import itertools
import json

import numpy as np
import pandas
import pytest

from harness.base.numbers import margin_text
from harness.base.statistics import paired_difference
from harness.experiments.study_plan import read_plan
from harness.results.studies import find_studies
from harness.summaries.same_images import same_images
from harness.tables import answers_table, overview
from tests.pages import ROOT, page, prose

EXCERPT = ROOT / "tests" / "fixtures" / "fashion_excerpt.npz"
REFERENCE = ROOT / "results" / "reference"
RUNS = [REFERENCE / "studies"]
BENCH = REFERENCE / "bench" / "full"
NEWEST_BENCH = max(BENCH.iterdir())
MODELS = "NumPy", "Keras"
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
    section = RESULTS.split("## All scores")[1].split("\n## ")[0]
    assert blocks(section) == blocks(tables)


def test_every_run_is_of_the_commit_and_of_a_seed_of_the_plan():
    planned = {}
    for study in read_plan(REFERENCE / "plan.toml"):
        for experiment, model in itertools.product(study.experiments, study.models):
            planned.setdefault((study.dataset, experiment, model), set()).update(study.seed_numbers)
    for study in find_studies(RUNS):
        for model in study.config["models"]:
            key = study.config["dataset"], study.config["experiment"], model
            assert set(study.complete_seeds(model)) <= planned[key], key
        assert study.config["limit"] is None and not study.partial_trainings()
    environments = [json.loads(path.read_text()) for path in REFERENCE.glob("studies/*/*/*/environment.json")]
    (commit,) = {environment["commit"] for environment in environments}
    assert f"all at commit {commit[:7]}" in TEXT
    for environment in environments:
        assert environment["cpu"] in TEXT and f"Python {environment['python']}" in TEXT


@pytest.fixture(scope="module")
def studies():
    """Return the reference runs by data set and experiment."""
    return {(study.config["dataset"], study.config["experiment"]): study for study in find_studies(RUNS)}


def ends(study, column):
    """Return a column of NumPy and of Keras after the last epoch, of the seeds that both have finished."""
    numpy, keras = (study.at_end(model)[column] for model in ("numpy", "keras"))
    seeds = numpy.index.intersection(keras.index)
    return numpy[seeds], keras[seeds]


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


def test_what_the_answers_say_in_words_is_what_they_say_in_numbers():
    lines = answers_table(REFERENCE).splitlines()[2:]
    rows = {row[1]: row for row in ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines) if len(row) > 1}
    found, verdict = ({of: row[place] for of, row in rows.items()} for place in (3, 5))
    libraries = [f"{where}: accuracy, Keras - NumPy" for where in ("Fashion-MNIST", "MNIST", "Adam on MNIST")]
    assert all(verdict[of].startswith("equal within") for of in libraries)
    fashion, mnist, adam = (found[of] for of in libraries)
    assert f"is {fashion} on Fashion-MNIST, {mnist} on MNIST, and {adam} with Adam on MNIST" in TEXT
    different = [of for of, words in verdict.items() if words.startswith("different")]
    assert "its initial values: training loss" in different
    assert f"three epochs is higher by {found['its initial values: training loss'][1:]}." in TEXT
    for name in ("its initial values", "one bias per output pixel", "no shuffling at all, which is not the write-up's"):
        assert verdict[f"{name}: accuracy"].endswith("equal within 0.005")
        assert name.startswith("its") or f"{name}: training loss" not in different
    order = "one order for all epochs: accuracy"
    p = verdict[order].removeprefix("no difference found, ").removesuffix("; not shown to be equal within 0.005")
    assert f"that is not shown: {found[order]}, {p}." in TEXT
    ahead = "the write-up's networks: accuracy, Keras - NumPy"
    assert f"Keras's is ahead by {found[ahead][1:]}, where NumPy's was published as 0.004 ahead." in TEXT
    assert f"that is not shown either ({verdict[ahead].removeprefix('no difference found, ')})." in TEXT
    assert f"or more, in {found['two runs of one network that are as far apart']}." in TEXT
    two, three = ("two stacks, 5.1", "three stacks, 7.9")
    ends = [found[f"{n} times the multiplications: macro-F1, {model}"] for n in (two, three) for model in MODELS]
    assert "Two stacks end at {} with NumPy and at {} with Keras, for 5.1 times".format(*ends[:2]) in TEXT
    assert "three at {} and {}, for 7.9 times.".format(*ends[2:]) in TEXT
    more = [f"{n} stacks - one: accuracy" for n in ("two", "three")]
    gains, chances = ([row[of].removeprefix("no difference found, ") for of in more] for row in (found, verdict))
    assert "ahead of one by {} and three by {},".format(*(gain[1:] for gain in gains)) in TEXT
    assert "do not show ({} and {}).".format(*chances) in TEXT
    assert f"makes {found['errors']}: it is behind" in TEXT and verdict["errors"] == "less than 2 times"
    smaller = verdict["spread of the hidden layer's first weights"].removeprefix("no, ")
    assert f"first weights {smaller} as Xavier's" in TEXT
    assert f"first epoch higher by {found['training loss of the first epoch'][1:]}." in TEXT
    assert f"write-up reaches {found['adam']}." in TEXT and verdict["adam-as-published"] == "inside"
    assert f"({found['adam-as-published']} on average)" in TEXT
    away = verdict["adam-published-code"].removeprefix("outside, ").removesuffix(" away")
    assert (
        f"and {away} above the upper end of the range of its published code ({found['adam-published-code']} on" in TEXT
    )


def bench_cells(run):
    """Return the training times of a reference benchmark as printed: lists of cells by batch size and contender."""
    table = (BENCH / run / "bench.md").read_text().split("\n\n")[1]
    assert table.startswith("| batch size")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {(int(row[0]), row[1]): row[2:] for row in rows}


def test_the_training_times_of_the_newest_reference_benchmark_stand_in_their_page():
    assert (NEWEST_BENCH / "bench.md").read_text().split("\n\n")[1] in RESULTS
    environment = json.loads((NEWEST_BENCH / "environment.json").read_text())
    section = " ".join(RESULTS.split("## How fast it is")[1].split("| batch size")[0].split())
    for text in (environment["cpu"], f"kernel {environment['blas_kernel']}", f"commit {environment['commit'][:7]}"):
        assert text in section


def newest_peers():
    """Return the table of the newest comparison with other libraries."""
    return (max((REFERENCE / "bench" / "peers").iterdir()) / "peers.md").read_text().split("\n\n")[0]


def test_the_comparison_with_other_libraries_stands_in_its_page():
    older, newest = sorted((REFERENCE / "bench" / "peers").iterdir())
    assert newest_peers() in RESULTS
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
    environment = json.loads((path.parent / "environment.json").read_text())
    for text in (environment["cpu"], environment["commit"][:7], f"kernel {environment['blas_kernel']}"):
        assert text in PROOF


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


def test_what_the_nudged_model_shows_is_said_in_the_numbers_of_the_reference():
    (path,) = (ROOT / "results" / "reference" / "parity" / "together").rglob("together.csv")
    rows = pandas.read_csv(path).set_index(["pair", "step"])
    nudged, libraries = rows.loc["numpy float64 nudged, numpy float64"], rows.loc["numpy float32, keras float32"]
    early, late, last = nudged.loc[1_000], nudged.loc[10_000], nudged.iloc[-1]
    words = (
        f"is {early['largest']:.1e} from its twin after 1,000 steps and {late['largest']:.1e} after 10,000",
        f"It ends at {last['accuracy']:.4f} where its twin has {last['other_accuracy']:.4f}, and gives "
        f"{last['agreement']:.1%}".replace("%", " %")
        + " of the test images the same class",
        f"the two libraries in float32 do so for {libraries.iloc[-1]['agreement']:.1%}".replace("%", " %"),
    )
    for text in words:
        assert text in prose("harness/parity/README.md")


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
    rows = [line.split("|") for line in newest_peers().splitlines()[2:]]
    ratios = {row[1].strip(): [row[place].strip() for place in (7, 9)] for row in rows}
    keras, torch = (ratio.split("x")[0] for ratio in ratios["64 filters, batch 32"])
    assert f"it is [{keras} times]" in answer and f"and {torch} times as fast as PyTorch" in answer
    first, last = ratios["VGG-like, batch 32"][1].split("(")[1].rstrip(")").split(" to ")
    assert float(first) < 1 < float(last)  # level with PyTorch


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
