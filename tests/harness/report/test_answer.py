"""The question, the answer, and what it rests on."""

import numpy as np
import pandas
import pytest

from harness.report import agreement, classes, fairness, kernels
from harness.report.answer import Comparison, answer_of, meaning_of
from harness.report.sources import open_sources
from harness.report.status import status_of


def comparison(*differences):
    return Comparison("numpy", "keras", (0.8, 0.81), pandas.Series(differences, index=range(len(differences))))


@pytest.fixture
def chapter_of(tmp_path, write_run):
    def make(**options):
        (chapter,) = open_sources([write_run(tmp_path / "run", **options)]).chapters
        return chapter

    return make


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([0.01], "One seed says nothing"),
        ([0.0, 0.0, 0.0], "Equal in every seed"),
        ([0.01, 0.02, 0.01, 0.02, 0.01], "Too few seeds to tell"),
        ([0.01, 0.02, 0.01, 0.02, 0.01, 0.02], "There is a hint that they differ"),
        ([0.01, 0.02, 0.01, 0.02, 0.01, 0.02, 0.01, 0.02], "Yes, they differ"),
        ([0.01, -0.02, 0.01, -0.01, 0.01, 0.02], "No difference found"),
    ],
)
def test_the_verdict_follows_from_the_seeds(differences, verdict):
    assert comparison(*differences).verdict == verdict


def test_few_seeds_are_said_to_be_few_and_no_difference_is_not_said_to_be_none():
    told = meaning_of(comparison(0.01, 0.02, 0.03), "keras")
    assert told == (
        "keras is ahead with every seed, but 3 seeds cannot bring p below 0.25. Train with 6 seeds for a hint, and "
        "with 8 or more for an answer, such as --seeds 0 1 2 3 4 5 6 7."
    )
    told = meaning_of(comparison(0.01, -0.02, 0.01, -0.01, 0.01, 0.02), "keras")
    assert told.startswith("keras is ahead with 4 of 6 seeds:") and "does not prove the models equal" in told
    told = meaning_of(comparison(*[0.01, 0.02] * 4), "keras")
    assert told == "keras is ahead with every seed; chance alone would seldom do that."


def test_the_sentence_has_the_numbers(chapter_of):
    chapter = chapter_of(seeds=range(6), scores=lambda model, seed: 0.9 + 0.001 * seed - 0.02 * (model == "keras"))
    answer = answer_of(chapter)
    assert answer.verdict == "There is a hint that they differ"
    assert answer.sentences == [
        "numpy names 4 more of 200 test images right: its mean accuracy over 6 seeds is 0.9025, and that of keras "
        "0.8825. The difference of 0.0200 has a 95 % interval from +0.0200 to +0.0200, and p = 0.0312. numpy is ahead "
        "with every seed; chance alone does that about one time in 32."
    ]
    assert answer.figures[0] == (
        "Difference in accuracy",
        "0.0200",
        "of numpy above keras; seeds of keras alone vary by ± 0.0019",
    )
    assert answer.figures[1][:2] == ("Training speed", "6.8×")


def test_agreement_counts_equal_answers_and_tells_who_is_right(chapter_of):
    chapter = chapter_of(seeds=(0, 1))
    found = agreement.agreement_of(chapter)
    answers = {key: item.predictions for key, item in chapter.predictions().items()}
    shares = [np.mean(answers["numpy", seed] == answers["keras", seed]) for seed in (0, 1)]
    assert found.between == pytest.approx(np.mean(shares))
    assert found.within == pytest.approx(np.mean(answers["numpy", 0] == answers["numpy", 1]))
    assert sum(map(len, found.kinds.values())) == np.sum(answers["numpy", 0] != answers["keras", 0])
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
