"""The README says what the committed results say."""

import re
from pathlib import Path

import numpy as np
import pandas
import pytest

from harness.experiments import EXPERIMENTS
from harness.parity import __main__ as command
from harness.results import read_config, read_epochs
from harness.results.studies import find_run_folders, find_studies
from harness.statistics import sign_flip_test
from harness.tables import overview
from harness.tables.differences import cells_of, differences_of

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
TEXT = README.replace("\n", " ")
EXCERPT = ROOT / "tests" / "fixtures" / "fashion_excerpt.npz"
REFERENCE = ROOT / "results" / "reference"
BENCH = REFERENCE / "bench" / "full"
NEWEST_BENCH = max(BENCH.iterdir())


def blocks(text):
    """Return the tables of a Markdown text, without what stands around them."""
    return [block for block in text.split("\n\n") if block.startswith("| ")]


@pytest.fixture(scope="module")
def tables():
    """Return what `python -m harness.tables results/reference` prints."""
    return overview(find_studies([REFERENCE]))


def test_the_tables_of_the_reference_runs_stand_in_the_readme(tables):
    assert blocks(tables)
    for block in blocks(tables):
        assert block in README


def test_the_readme_has_no_other_table_of_runs(tables):
    section = README.split("## What came out")[1].split("\n## ")[0]
    assert blocks(section) == blocks(tables)


def test_there_are_reference_runs_of_enough_seeds():
    seeds = {}
    for study in find_studies([REFERENCE]):
        key = study.config["dataset"], study.config["experiment"]
        seeds[key] = {model: len(study.complete_seeds(model)) for model in study.config["models"]}
        if study.partial_trainings():
            assert "was cut off; its complete trainings count" in TEXT
        assert study.config["limit"] is None
    for dataset in ("fashion", "mnist"):
        assert min(seeds[dataset, "identical"].values()) >= 5
    for name, experiment in EXPERIMENTS.items():
        assert min(seeds[experiment.dataset, name].values()) >= 3


def test_what_the_ten_seeds_answered_that_were_decided_on_beforehand_stands_in_the_readme():
    (study,) = find_studies([REFERENCE / "fashion" / "identical"])
    ((_, differences),) = differences_of(study).items()
    first, accuracy = (differences["test_accuracy"][range(*seeds)] for seeds in ((0, 8), (10, 20)))
    question = f"ahead with {(first > 0).sum()} of 8, by {first.mean():.3f} on average, p = {sign_flip_test(first):.2f}"
    assert question in TEXT
    mean, interval, _, p = cells_of(accuracy)
    answer = (
        f"Keras is ahead with {(accuracy > 0).sum()}, and the mean difference in accuracy is {mean.strip()} "
        f"(95 % interval {interval.strip()}, p = {p.strip()})"
    )
    assert answer in TEXT


def bench_cells(run):
    """Return the training times of a reference benchmark as printed: lists of cells by batch size and contender."""
    table = (BENCH / run / "bench.md").read_text().split("\n\n")[1]
    assert table.startswith("| batch size")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {(int(row[0]), row[1]): row[2:] for row in rows}


def test_the_training_times_of_the_newest_reference_benchmark_stand_in_the_readme():
    assert (NEWEST_BENCH / "bench.md").read_text().split("\n\n")[1] in README


def test_the_noise_of_the_reference_benchmarks_stands_in_the_readme():
    older, newer = sorted(path.name for path in BENCH.iterdir())
    single, tuned, before = (
        bench_cells(newer)[1, "numpy"],
        *(bench_cells(run)[256, "keras-tuned"] for run in (newer, older)),
    )
    assert f"NumPy's turns at batch size 1 last from {single[1]} to {single[2]} µs an image" in TEXT
    assert f"those of tuned Keras at batch size 256 from {tuned[1]} to {tuned[2]}." in TEXT
    assert f"{older}/bench.md)" in TEXT
    assert (
        f"tuned Keras took {before[3].rstrip('x')} times as long as NumPy there, and not {tuned[3].rstrip('x')}."
        in TEXT
    )


def test_where_keras_becomes_faster_stands_in_the_readme():
    side, filters = re.findall(
        r"Keras becomes faster than NumPy at .* (\d+)\.", (NEWEST_BENCH / "bench.md").read_text()
    )
    words = f"images of about {side} pixels a side, or with about {filters} filters in place of 6"
    assert words in TEXT


def test_the_prediction_times_of_the_reference_benchmark_stand_in_the_readme():
    rows = pandas.read_csv(NEWEST_BENCH / "bench.csv").query("task == 'predict'")
    times = rows.groupby(["contender", "batch_size"])["microseconds_per_image"].median().groupby("contender").min()
    words = f"10,000 images takes NumPy {times['numpy']:.0f} µs an image and Keras {times['keras']:.0f}, at the best"
    assert words in TEXT


def test_the_largest_differences_of_the_reference_proof_stand_in_the_readme():
    (path,) = (ROOT / "results" / "reference" / "parity" / "simple_cnn").rglob("parity.md")
    (table,) = [block for block in path.read_text().split("\n\n") if block.startswith("| precision")]
    assert table in README


def test_how_long_the_models_stay_together_stands_in_the_readme():
    (path,) = (ROOT / "results" / "reference" / "parity" / "together").rglob("together.md")
    assert path.read_text().strip() in README


def test_the_differences_of_accuracy_that_the_readme_names_are_those_of_the_reference():
    (path,) = (ROOT / "results" / "reference" / "parity" / "together").rglob("together.csv")
    rows = pandas.read_csv(path).dropna()
    rows = rows[rows["pair"] == "numpy float32, keras float32"]
    gaps = (rows["accuracy"] - rows["other_accuracy"]).abs()
    words = f"differed by {gaps.mean():.3f} on average and by {gaps.max():.4f} at most"
    assert words in TEXT
    assert f"At the {len(rows)} times" in README


def test_every_picture_and_folder_that_the_readme_names_is_there():
    pictures = [part.split(")")[0] for part in README.split("](")[1:]]
    assert pictures
    assert all((ROOT / picture).exists() for picture in pictures if "://" not in picture)


def test_the_model_of_your_own_in_the_readme_is_the_same_as_keras(tmp_path, capsys):
    (block,) = [part.split("```")[0] for part in README.split("```python\n") if "make_model = " in part.split("```")[0]]
    (tmp_path / "my_model.py").write_text(block)
    flags = ["--model", tmp_path / "my_model.py", "--dataset", EXCERPT, "--steps", "3", "--out", tmp_path]
    assert command.main(list(map(str, flags))) == 0
    assert "same: after 3 steps" in capsys.readouterr().out


def test_how_long_plain_fit_waited_stands_in_the_readme():
    lines = (REFERENCE / "keras-waiting" / "waiting.txt").read_text().splitlines()[1:]
    calls = {
        name: [line.split()[-2:] for line in lines if line.startswith(name)] for name in ("fit(x, y)", "fit(data)")
    }
    steps, after = zip(*calls["fit(x, y)"], strict=True)
    n_long = sum(float(seconds) > 0.5 for seconds in after)
    assert f"waited for more than half a second in {n_long} of {len(after)} calls, {max(after)} s at most" in TEXT
    assert f"after steps of {min(steps)} to {max(steps)} s" in TEXT
    assert f"it waited {max(seconds for _, seconds in calls['fit(data)'])} s at most" in TEXT


def test_how_many_keras_epochs_of_the_reference_runs_end_right_after_a_tick_stands_in_the_readme():
    ticks = np.cumsum([min(0.01 * 2**n, 60) for n in range(20)])
    folders = [path for path in find_run_folders(REFERENCE) if read_config(path)["batch_size"] == 1]
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
