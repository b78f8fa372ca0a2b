"""Who takes turns with whom, and which setting of Keras is the fastest."""

from dataclasses import replace

import pytest

from harness.base.errors import ModelError
from harness.bench import crew as crews
from harness.bench.contenders import Turn
from harness.bench.plan import Contender, Workload, tuned_candidates

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
    crew = crews.Crew(stack=None, turn_seconds=lambda contender: 2)
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
    monkeypatch.setattr(crews, "Worker", lambda contender: started.append(contender) or contender)
    crew = crews.Crew(type("Stack", (), {"callback": lambda *_: None})(), turn_seconds=lambda contender: 2)
    monkeypatch.setattr(Contender, "close", None, raising=False)
    for contender in tuned_candidates(WORKLOAD):
        crew.worker(contender)
    assert [contender.threads for contender in started] == [None, 1]


@pytest.fixture
def odd_crew(monkeypatch):
    """Return a function of the number of parameters, by contender, that returns a crew."""

    def make(counts):
        crew = crews.Crew(stack=None, turn_seconds=lambda contender: 2)
        recorder = Recorder([], {})
        monkeypatch.setattr(recorder, "prepare", lambda contender, *_: counts[contender.name])
        monkeypatch.setattr(crew, "worker", lambda contender: recorder)
        return crew

    return make


def test_networks_with_other_numbers_of_parameters_take_no_turn(odd_crew):
    entries = [(Contender(name, "numpy"), WORKLOAD) for name in ("a", "floor", "b")]
    with pytest.raises(ModelError, match=r"simple_cnn has 13 parameters with b, and 12 with a; no turn was taken"):
        odd_crew({"a": 12, "floor": None, "b": 13}).take_turns("batch size", entries, [1])


def test_other_networks_may_have_other_numbers_of_parameters(odd_crew):
    crew = odd_crew({"a": 12, "b": 13})
    entries = [(Contender("a", "numpy"), WORKLOAD), (Contender("b", "numpy"), replace(WORKLOAD, filters=7))]
    assert crew.prepare(entries) == entries
