"""Two trained models on the same test images."""

from dataclasses import replace

import numpy as np
import pandas
import pytest

from harness.results.arrays import Predictions
from harness.summaries.same_images import same_images
from harness.tables import accuracy_table

LABELS = np.zeros(20, int)


def answers(model, *wrong, seed=0, labels=LABELS):
    """Return the predictions of a model that is wrong on some images and right on all others."""
    predictions = labels.copy()
    predictions[list(wrong)] = 1
    return (model, seed), Predictions(model, seed, labels, predictions)


@pytest.fixture
def study(one_seed):
    """Seven images are classified correctly only by NumPy, none only by Keras; on one both are wrong."""
    return replace(one_seed, predictions=dict([answers("numpy", 7), answers("keras", *range(8))]))


def test_images_that_one_alone_is_right_on_are_counted_and_tested(study):
    found = same_images(study, "numpy", "keras", 0)
    assert (found.n_first, found.n_other, found.n_images) == (7, 0, 20)
    assert found.p == 2 / 2**7


def test_a_table_of_one_seed_says_what_its_two_models_show_and_of_what(study):
    (line,) = [line for line in accuracy_table(study).splitlines() if "McNemar" in line]
    assert line == (
        "The trained models differ by 0.0200 in accuracy: keras 0.8800, numpy 0.9000. Of 20 test images, 7 are "
        "classified correctly only by numpy, and 0 only by keras: p = 0.0156, by McNemar's exact test. It compares "
        "these two trained models on images like these, not the libraries: another seed gives other trained models."
    )


def test_several_comparisons_are_corrected_as_one_family(study):
    model, item = answers("naive", *range(8))
    config = study.config | {"models": ["numpy", "keras", "naive"]}
    epochs = pandas.concat([study.epochs, study.epochs[study.epochs["model"] == "keras"].assign(model="naive")])
    predictions = study.predictions | {model: item}
    table = accuracy_table(replace(study, config=config, epochs=epochs, predictions=predictions))
    assert table.count("Corrected by Holm's method for 2 tests, p = 0.0312.") == 2


def test_a_table_of_several_seeds_has_no_such_test(three_seeds, study):
    assert "McNemar" not in accuracy_table(replace(three_seeds, predictions=study.predictions))


def test_without_predictions_of_both_for_the_same_images_there_is_none(one_seed, study):
    assert same_images(one_seed, "numpy", "keras", 0) is None and "McNemar" not in accuracy_table(one_seed)
    other = dict([answers("keras", labels=LABELS[1:])])
    assert same_images(replace(study, predictions=study.predictions | other), "numpy", "keras", 0) is None
