"""Every template that can be printed is a right model, and says what it is."""

import itertools

import pytest

from harness.base.errors import UsageError
from harness.parity.report import verdict
from harness.user_models.loading import load_user_model
from harness.user_models.variants import CHANGES, CHOICES, template_text
from tests.harness.parity.test_user_walker import walk_with

WORDS = [words for words in itertools.product(*CHOICES) if not {"backward", "one-hot"} <= set(words)]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_a_template_is_the_same_as_keras(words, tmp_path):
    (tmp_path / "my_model.py").write_text(template_text(list(words)))
    loaded = load_user_model(str(tmp_path / "my_model.py"))
    interface = loaded.interface
    assert (interface.one_image, interface.one_hot, interface.has_train_step) == (
        "one-image" in words,
        "one-hot" in words,
        "train-step" in words,
    )
    found = walk_with(loaded, batch_size=1 if interface.one_image else 3, n_steps=1)
    assert verdict({"float64": found})[0], verdict({"float64": found})
    # Outputs of all layers are compared where the template has them, and the gradients of their inputs.
    n_inputs = sum(difference.quantity == "gradient of its inputs" for difference in found.first)
    assert n_inputs == (6 if "batches" in words else 0)


@pytest.mark.parametrize(("word", "kind"), CHANGES)
def test_every_piece_that_is_changed_stands_in_its_template(word, kind):
    text = template_text([kind])
    assert all(old in text for old, _ in CHANGES[word, kind])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["batch"], "no template batch; allowed are one-image, batches"),
        (["batches", "one-image"], "one-image or for batches"),
        (["backward", "one-hot"], "given no labels"),
    ],
)
def test_a_template_that_cannot_be_is_refused(words, message):
    with pytest.raises(UsageError, match=message):
        template_text(words)
