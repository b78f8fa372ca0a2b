"""Reports of runs that lack something."""

import json
import shutil

import pytest

from harness.results import COLUMNS

ONE_SEED = "No difference found between the trained models. numpy trains 6.8 times as fast."


def remove_lines(folder, unwanted):
    """Remove the lines of epochs.csv that contain a text."""
    path = folder / "epochs.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if unwanted not in line) + "\n")


def set_cell(folder, line, column, text):
    """Change one cell of epochs.csv."""
    path = folder / "epochs.csv"
    lines = path.read_text().splitlines()
    cells = lines[line].split(",")
    cells[COLUMNS.index(column)] = text
    path.write_text("\n".join([*lines[:line], ",".join(cells), *lines[line + 1 :]]) + "\n")


@pytest.fixture
def page_of(tmp_path, report_of, quick):
    return lambda folder, *more, **options: report_of(tmp_path / "report.html", folder, *more, **options)


def test_no_predictions(tmp_path, write_run, page_of):
    folder = write_run(tmp_path / "run")
    shutil.rmtree(folder / "predictions")
    page = page_of(folder)
    assert "There are no predictions in the folder, so nothing can be said of single classes." in page.text
    assert "No two models have predictions of the same images" in page.text
    assert "numpy, seed 0, has no predictions" in page.text


def test_no_weights(tmp_path, write_run, page_of):
    folder = write_run(tmp_path / "run")
    shutil.rmtree(folder / "weights")
    assert "There is nothing to show. The run's folder holds no weights." in page_of(folder).text


def test_damaged_weights(tmp_path, write_run, page_of):
    folder = write_run(tmp_path / "run", seeds=(0,))
    for path in (folder / "weights").iterdir():
        path.write_bytes(b"PK\x03\x04 cut short")
    text = page_of(folder).text
    assert "The weights cannot be read: numpy-seed0.npz, keras-seed0.npz." in text


def test_neither_samples_nor_environment(tmp_path, write_run, page_of):
    folder = write_run(tmp_path / "run", environment=False)
    (folder / "samples.npz").unlink()
    page = page_of(folder)
    assert "samples.npz is missing" in page.text and "environment.json of run is missing." in page.text
    assert "the command that made it is not on record." in page.text
    assert "A training image of each class" not in page.html


def test_one_model(tmp_path, write_run, page_of):
    page = page_of(write_run(tmp_path / "run", models=("numpy",)))
    assert "How well does numpy learn?" in page.texts and "Nothing to compare." in page.texts
    assert "its mean accuracy of 3 seeds is 0.8020" in page.text
    assert "same?" not in page.texts


def test_one_seed(tmp_path, write_run, page_of):
    page = page_of(write_run(tmp_path / "run", seeds=(4,)))
    assert ONE_SEED in page.texts
    assert "With seed 4: keras classifies 2 more of 200 test images correctly" in page.text
    assert "One seed cannot rank them, as another may reverse this. This can: python -m harness.run" in page.text
    assert 'name="seed"' not in page.html and 'name="model"' in page.html


def test_an_accuracy_that_is_no_number_is_compared_with_nothing(tmp_path, write_run, page_of):
    folder = write_run(tmp_path / "run", seeds=(0, 1), published=[
        {"model": "numpy", "epoch": 2, "column": "test_accuracy", "value": 0.8}
    ])  # fmt: skip
    set_cell(folder, 2, "test_accuracy", "nan")
    set_cell(folder, 2, "test_loss", "inf")
    page = page_of(folder)
    assert ONE_SEED in page.texts and "With seed 1: " in page.text
    assert "numpy has values that are not finite numbers in epochs.csv" in page.text
    assert "not finite" in page.texts and "NaN" not in page.html


def test_twelve_seeds_can_be_switched_off_one_by_one(tmp_path, write_run, page_of):
    page = page_of(write_run(tmp_path / "run", seeds=range(12)))
    seeds = [attributes["value"] for attributes in page.all("input") if attributes["name"] == "seed"]
    assert seeds == [str(seed) for seed in range(12)]
    assert "Once trained, they differ by 0.0100 in accuracy. numpy trains 6.8 times as fast." in page.texts


def test_a_run_that_was_cut_off(tmp_path, write_run, page_of):
    folder = write_run(tmp_path / "run", seeds=(0, 1))
    remove_lines(folder, "keras,1,2,")
    page = page_of(folder)
    assert "3 of 4 combinations of model and seed are complete; the others are in no mean." in page.text
    assert "keras with seed 1 finished 1 of 2 epochs" in page.text
    assert page.texts.index("Not finished.") < page.texts.index(ONE_SEED)


def test_many_gaps_are_folded(tmp_path, write_run, page_of):
    folder = write_run(tmp_path / "run", seeds=range(9))
    remove_lines(folder, ",2,0.")
    remove_lines(folder, "keras")
    page = page_of(folder)
    assert "No answer yet." in page.texts and "18 more" in page.texts
    assert page.html.count('<div class="status"') == 1


def test_a_run_that_has_only_begun(tmp_path, write_run, page_of):
    folder = write_run(tmp_path / "run")
    for name in ("predictions", "weights"):
        shutil.rmtree(folder / name)
    (folder / "epochs.csv").write_text((folder / "epochs.csv").read_text().splitlines()[0] + "\n")
    page = page_of(folder)
    assert "No answer yet." in page.texts and "No epoch is on record yet." in page.texts
    assert "0 of 6 combinations of model and seed are complete" in page.text


def test_a_model_that_failed(tmp_path, write_run, page_of):
    folder = write_run(tmp_path / "run", seeds=(0,))
    remove_lines(folder, "keras")
    (folder / "failures.json").write_text(json.dumps([{"model": "keras", "seed": 0, "error": "the loss is nan"}]))
    page = page_of(folder)
    assert page.texts[page.texts.index("Failed.") + 1] == "keras with seed 0: the loss is nan"
    assert page.texts.index("Failed.") < page.texts.index("No answer yet.")


def test_a_limited_run(tmp_path, write_run, page_of):
    page = page_of(write_run(tmp_path / "run", limit=100))
    assert "Limited to the first 100 images: not a full run." in page.texts


def test_settings_that_differ_are_named_at_the_top_and_marked_in_words(tmp_path, write_run, page_of):
    page = page_of(write_run(tmp_path / "run", experiment="write-up", n_parameters={"numpy": 129168, "keras": 119772}))
    assert "network, parameters, initial values, order of the images" in page.text
    assert page.texts.count("≠ differs") == 4 and "129,168" in page.texts
    assert "Both models began with equal kernels" not in page.text


def test_an_experiment_of_another_version(tmp_path, write_run, page_of):
    page = page_of(write_run(tmp_path / "run", experiment="of tomorrow"))
    assert "own, of tomorrow" in page.texts and "not known" in page.texts


def test_a_configuration_with_nothing_but_what_is_needed(tmp_path, write_run, page_of):
    folder = write_run(tmp_path / "run")
    config = json.loads((folder / "config.json").read_text())
    for name in ("sha256", "n_parameters", "published", "threads", "format"):
        del config[name]
    (folder / "config.json").write_text(json.dumps(config))
    text = page_of(folder).text
    assert "there is no sha256 in its config.json" in text
    assert "keras classifies 2 more of 200 test images correctly" in text


def test_an_environment_of_strange_types(tmp_path, write_run, page_of):
    folder = write_run(tmp_path / "run")
    (folder / "environment.json").write_text(json.dumps({"keras": [1, {"a": None}], "threads": 3, "command": ["a"]}))
    assert "the command that made it is not on record." in page_of(folder).text


def test_runs_with_equal_settings_are_pooled(tmp_path, write_run, page_of):
    first = write_run(tmp_path / "1", seeds=(0, 1, 2))
    second = write_run(tmp_path / "2", seeds=(3, 4, 5))
    (second / "environment.json").write_text(json.dumps({"cpu": "another"}))
    page = page_of(first, second)
    assert "6 seeds" in page.text and page.html.count("<article") == 1
    assert "The runs were not made in one environment:" in page.texts
    assert "cpu: a processor; another" in page.texts


def test_other_runs_get_a_chapter_each(tmp_path, write_run, page_of):
    page = page_of(write_run(tmp_path / "1"), write_run(tmp_path / "2", dataset="other", seeds=(0,)))
    assert page.html.count("<article") == 2 and f": {ONE_SEED[:-1]}" in page.texts
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_more_models_than_a_page_has_room_for(tmp_path, write_run, page_of):
    page = page_of(write_run(tmp_path / "run", models=[f"model {n}" for n in range(14)], seeds=(0, 1)))
    assert "Of 14 models the first 12 are shown; python -m harness.tables shows all." in page.texts
    assert "model 11" in page.texts and "model 12" not in page.texts
    assert page.text.count("Corrected by Holm's method for 11 tests") == 11
