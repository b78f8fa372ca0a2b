"""The question, the answer, and what it rests on."""

from dataclasses import replace

import numpy as np
import pandas
import pytest

from harness.base import statistics
from harness.report import agreement, classes, fairness, kernels
from harness.report.answer import answer_of
from harness.report.sources import open_sources
from harness.report.status import status_of
from harness.results.proof import ModelProof
from harness.summaries import differences
from harness.summaries.comparison import Comparison, compare, corrected, meaning_of
from harness.summaries.differences import difference_of
from harness.summaries.same_images import same_images


def comparison(*differences, paired=True):
    """Return the comparison of a model with another that is so far ahead with each seed."""
    low = pandas.Series([0.8] * len(differences))
    high = low + list(differences)
    found = difference_of(high, low, paired) if len(differences) > 1 else None
    return Comparison("numpy", "keras", (low, high), paired, found, p=found and found.p)


@pytest.fixture
def chapter_of(tmp_path, write_run):
    def make(**options):
        (chapter,) = open_sources([write_run(tmp_path / "run", **options)]).chapters
        return chapter

    return make


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([0.01], "Not tested: with one seed their accuracies are 0.0100 apart"),
        ([0.0, 0.0, 0.0], "The same accuracy with every seed"),
        ([0.01, 0.02, 0.01, 0.02, 0.01, 0.02], "Once trained, they differ by 0.0150 in accuracy"),
        ([0.01, 0.02, 0.03, -0.005, 0.02, 0.01], "There is a hint that they differ once trained"),
        ([0.01, 0.02, 0.03], "No difference found; equal within ±0.0369"),  # 0.02 + 2.920 * 0.01 / sqrt(3)
        (
            [0.01, -0.02, 0.01, -0.01, 0.01, 0.02],
            "No difference found; equal within ±0.0158",
        ),  # 0.0033 + 2.015 * 0.0151 / sqrt(6)
    ],
)
def test_the_verdict_follows_from_the_seeds(differences, verdict):
    assert comparison(*differences).verdict == verdict


def test_no_verdict_is_equal_without_a_margin():
    rng = np.random.default_rng(0)
    for n in (2, 3, 5, 10):
        for scale in (1e-6, 1e-3, 0.1):
            verdict = comparison(*rng.normal(scale=scale, size=n)).verdict
            assert "qual" not in verdict or "equal within ±" in verdict


def test_no_difference_is_not_said_to_be_equality():
    told = meaning_of(comparison(0.01, 0.02, 0.03), "keras")
    assert told == (
        "keras is ahead with every seed; chance alone would often do as much. That does not show the models equal: two "
        "one-sided tests at 5 % find them so within ±0.0369."
    )
    told = meaning_of(comparison(0.01, -0.02, 0.01, -0.01, 0.01, 0.02), "keras")
    assert told.startswith("keras is ahead with 4 of 6 seeds;")
    told = meaning_of(comparison(*[0.01, 0.02] * 4), "keras")
    assert told == "keras is ahead with every seed; chance alone would seldom do that."


def test_models_that_are_not_paired_are_not_ahead_with_seeds():
    assert meaning_of(comparison(*[0.01, 0.02] * 4, paired=False), "keras").startswith("keras is ahead;")


def test_the_sentence_has_the_numbers(chapter_of):
    offsets = [0.01, 0.02, 0.03, -0.005, 0.02, 0.01]
    chapter = chapter_of(seeds=range(6), scores=lambda model, seed: 0.8 + (offsets[seed] if model == "numpy" else 0))
    answer = answer_of(chapter)
    assert answer.verdict == "There is a hint that they differ once trained. numpy trains 6.8 times as fast"
    # The differences have a mean of 0.0142 and a deviation of 0.0120; t for five degrees of freedom is 2.571.
    assert answer.sentences[:1] == [
        "numpy classifies 3 more of 200 test images correctly: its mean accuracy over 6 seeds is 0.8142, and that of "
        "keras 0.8000. The difference of 0.0142 has a 95 % t interval from +0.0016 to +0.0268, and p = 0.0342. numpy "
        "is ahead with 5 of 6 seeds; chance alone does that about one time in 29."
    ]
    assert answer.figures[0] == (
        "Difference in accuracy",
        "0.0142",
        "of numpy above keras; seeds of keras alone vary by ± 0.0000",
    )
    assert answer.figures[1][:2] == ("Training speed", "6.8×")


def test_models_with_recipes_of_their_own_are_compared_over_all_their_seeds(chapter_of):
    chapter = chapter_of(experiment="write-up", seeds=(0, 1, 2))
    sentence, _ = answer_of(chapter).sentences
    *_, expected = differences.rows_of(chapter.study)[0]
    assert f"from {expected.low:+.4f} to {expected.high:+.4f}" in sentence and "with every seed" not in sentence


def test_one_seed_is_told_of_image_by_image(chapter_of):
    chapter = chapter_of(seeds=(4,))
    answer = answer_of(chapter)
    images = same_images(chapter.study, "numpy", "keras", 4)
    assert images.p > 0.05 and images.n_first + images.n_other > 20
    assert answer.verdict == "No difference found between the trained models. numpy trains 6.8 times as fast"
    assert answer.footnotes == [
        "One seed cannot rank them, as another may reverse this. This can: python -m harness.run --dataset own "
        "--epochs 2 --seeds 0..4"
    ]
    assert images.text in answer.sentences[0] and answer.sentences[0].startswith("With seed 4: ")


def test_p_values_of_several_models_are_corrected(chapter_of):
    rng = np.random.default_rng(1)
    chapter = chapter_of(
        models=("numpy", "keras", "naive"), seeds=range(3), scores=lambda *_: 0.8 + rng.normal(scale=0.01)
    )
    keras, naive = corrected([compare(chapter.study, "numpy", other) for other in ("keras", "naive")])
    raw = [item.difference.p for item in (keras, naive)]
    assert [keras.p, naive.p] == pytest.approx(list(statistics.holm(raw)))
    answer = answer_of(chapter)
    assert all("Corrected by Holm's method for 2 tests" in sentence for sentence in answer.sentences[:2])
    assert answer.verdict == "No difference found. numpy trains 12.7 times as fast as naive"


def test_agreement_counts_equal_answers_and_tells_who_is_right(chapter_of):
    chapter = chapter_of(seeds=(0, 1))
    found = agreement.agreement_of(chapter)
    answers = {key: item.predictions for key, item in chapter.predictions().items()}
    shares = [np.mean(answers["numpy", seed] == answers["keras", seed]) for seed in (0, 1)]
    assert found.between == pytest.approx(np.mean(shares))
    assert found.within == pytest.approx(np.mean(answers["numpy", 0] == answers["numpy", 1]))
    assert sum(map(len, found.kinds.values())) == np.sum(answers["numpy", 0] != answers["keras", 0])
    assert found.same_images == same_images(chapter.study, "numpy", "keras", 0)
    assert (answers["numpy", 0][found.kinds["first"]] == found.labels[found.kinds["first"]]).all()


def test_pictures_are_of_as_many_classes_as_there_are():
    labels = np.array([0] * 20 + [1] * 20 + [2])
    chosen = agreement.spread(np.arange(41), labels)
    assert chosen == [0, 20, 40, 1, 21, 2, 22, 3]


def test_mix_ups_are_sorted_and_leave_out_what_is_right():
    counts = np.array([[8, 2, 0], [0, 10, 0], [5, 0, 5]])
    assert classes.mix_ups([classes.Confusion("numpy", {0: counts})]) == [(2, 0, [0.5]), (0, 1, [0.2])]


def test_a_class_without_images_has_an_empty_row():
    shares = classes.Confusion("numpy", {0: np.array([[4, 0], [0, 0]])}).shares
    assert classes.cells_of(shares) == [[("100", 8), ("·", 0)], [("·", 0), ("·", 0)]]


def test_differences_are_per_cent_points_with_a_sign():
    cells = classes.difference_cells(np.array([[0.5, 0.5]]), np.array([[0.53, 0.47]]))
    assert cells == [[("+3", 1), ("−3", -1)]]


def test_the_hardest_class_is_first():
    rows = classes.f1_rows([classes.Confusion("numpy", f1={3: np.array([0.75, 0.625])})], ["easy", "hard"])
    assert [(row["class"], row["seed"], row["value"]) for row in rows] == [("hard", 3, 0.625), ("easy", 3, 0.75)]


def test_equal_kernels_are_alike_and_turned_ones_are_not():
    one = np.random.default_rng(0).normal(size=(3, 3, 1, 2))
    assert kernels.cosines(one, one) == pytest.approx([1, 1])
    assert kernels.cosines(one, -one) == pytest.approx([-1, -1])
    assert kernels.cosines(one, np.zeros_like(one)) == [0, 0]


def test_threads_are_compared_by_number_and_not_by_words(chapter_of):
    (fact,) = [fact for fact in fairness.settings_of(chapter_of()) if fact.name == "Threads"]
    assert len(set(fact.values)) == 2 and not fact.differs


def test_threads_touch_seconds_and_a_recipe_touches_scores(chapter_of):
    facts = {fact.name: fact for fact in fairness.settings_of(chapter_of())}
    assert facts["Threads"].touches == facts["Device"].touches == "seconds"
    assert facts["Network"].touches == facts["Batch size"].touches == "scores"


def test_a_whole_run_has_no_status(chapter_of):
    assert status_of(chapter_of()) == []


def proved(**options):
    return ModelProof(
        **{"model": "numpy", "against": "keras", "same": True, "steps": 20, "difference": 6.1e-17} | options
    )


def test_the_answer_is_the_network_then_the_trained_models_then_the_speed(chapter_of):
    chapter = chapter_of(seeds=(4,))
    answer = answer_of(replace(chapter, study=replace(chapter.study, proofs=(proved(),))))
    assert answer.question == "Are numpy and keras the same network, and do they differ once they are trained?"
    assert answer.verdict == (
        "The same network. No difference found between the trained models. numpy trains 6.8 times as fast"
    )
    network, scores, speed = answer.sentences
    assert (
        network == "Same network: after 20 steps in float64 no parameter of numpy and keras differs by more than 7e-17."
    )
    assert scores.startswith("With seed 4: ")
    assert speed.startswith(
        "numpy trains 6.8 times as fast: 5.15 s an epoch against 35.15 s of keras, 117 images a second"
    )
    names = [name for name, _, _ in answer.figures]
    assert names == ["Difference after 20 steps", "Difference in accuracy", "Training speed"]


@pytest.mark.parametrize(
    ("proofs", "begins", "question"),
    [
        (
            [proved(same=False, difference=None, words="step 1, ...")],
            "Not the same network. No dif",
            "Are numpy and keras",
        ),
        ([proved(same=None, difference=None, words="...")], "No difference found", "Do numpy and keras differ once"),
        ([], "No difference found", "Do numpy and keras differ once"),
    ],
)
def test_what_is_not_proved_is_not_said(proofs, begins, question, chapter_of):
    chapter = chapter_of(seeds=(4,))
    answer = answer_of(replace(chapter, study=replace(chapter.study, proofs=tuple(proofs))))
    assert answer.verdict.startswith(begins) and answer.question.startswith(question)
    assert "after 20 steps" not in answer.figures[0][0]
