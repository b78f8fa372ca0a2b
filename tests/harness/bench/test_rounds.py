"""Who takes turns with whom, and which setting of Keras is the fastest."""

import pytest

from harness.bench import rounds
from harness.bench.contenders import Turn
from harness.bench.plan import QUICK, Contender, Plan, Workload, tuned_candidates

WORKLOAD = Workload("train", 1, 10)


class Recorder:
    """A worker whose turns take as long as it is said, one after the other; `taken` is common to all."""

    def __init__(self, taken, seconds):
        self._taken = taken
        self._seconds = {name: iter(turns) for name, turns in seconds.items()}

    def prepare(self, contender, workload, least_seconds):
        self._taken.append(f"prepare {contender.name}")

    def forget(self, contender, workload):
        self._taken.append(f"forget {contender.name}")

    def take(self, contender, workload):
        self._taken.append(contender.name)
        return Turn(workload.n_images, 1, next(self._seconds[contender.name]), 0.0)


def crew_of(taken, seconds):
    """Return a crew with one recorder for all contenders."""
    crew = rounds.Crew(stack=None, turn_seconds=lambda contender: 2)
    recorder = Recorder(taken, seconds)
    crew.worker = lambda contender: recorder
    return crew


def test_turns_are_interleaved():
    taken = []
    crew = crew_of(taken, {"a": [1] * 3, "b": [1] * 3})
    crew.take_turns("batch size", [(Contender(name, "numpy"), WORKLOAD) for name in "ab"], [1, 2, 3])
    assert taken == ["prepare a", "prepare b", *["a", "b"] * 3]


def test_what_was_prepared_is_kept_for_the_next_rounds_and_the_rest_forgotten():
    taken = []
    crew = crew_of(taken, {"a": [1, 1], "b": [1], "c": [1]})
    for names in ("ab", "ac"):
        crew.take_turns("batch size", [(Contender(name, "numpy"), WORKLOAD) for name in names], [1])
    assert taken == ["prepare a", "prepare b", "a", "b", "forget b", "prepare c", "a", "c"]


def test_the_fastest_setting_has_the_smallest_median_of_whole_turns():
    taken = []
    crew = crew_of(taken, {"a": [1.0, 1.4, 1.4], "b": [1.2, 1.1, 9.9], "far": [2.0]})
    fastest, rows = crew.fastest([Contender(name, "keras") for name in ("a", "b", "far")], WORKLOAD, 3)
    assert fastest.name == "b"
    assert taken[3:] == ["a", "b", "far", "a", "b", "a", "b"]
    assert [row["contender"] for row in rows] == ["a"] * 3 + ["b"] * 3 + ["far"]


def test_contenders_of_one_name_share_a_process_if_they_have_the_same_threads(monkeypatch):
    started = []
    monkeypatch.setattr(rounds, "Worker", lambda contender: started.append(contender) or contender)
    crew = rounds.Crew(type("Stack", (), {"callback": lambda *_: None})(), turn_seconds=lambda contender: 2)
    monkeypatch.setattr(Contender, "close", None, raising=False)
    for contender in tuned_candidates(WORKLOAD):
        crew.worker(contender)
    assert [contender.threads for contender in started] == [None, 1]


def test_plans_measure_what_the_names_say():
    plan = Plan()
    assert [workload.batch_size for workload in plan.training()] == [1, 8, 32, 128, 256]
    growth = plan.growth()
    assert [workload.side for workload in growth["image side"]] == [28, 56, 80, 112]
    assert [workload.filters for workload in growth["filters"]] == [6, 12, 24, 64]
    assert [workload.n_images for workload in growth["number of images"]] == [4_000, 8_000]
    assert plan.rounds >= 7 and plan.turn_seconds >= 2
    assert QUICK.rounds < plan.rounds


@pytest.mark.parametrize("task", ["train", "predict"])
def test_settings_of_keras_that_are_tried_are_no_two_the_same_program(task):
    candidates = tuned_candidates(Workload(task, 1))
    assert len({candidate.setting for candidate in candidates}) == len(candidates)
    assert not any("jit_compile=False" in candidate.setting for candidate in candidates)


def test_a_setting_is_named_with_all_that_differs_from_the_defaults():
    settings = [candidate.setting for candidate in tuned_candidates(Workload("train", 1))]
    assert "fit(dataset), threads=1, steps_per_execution=100" in settings
    assert "tf.function of an epoch" in settings
