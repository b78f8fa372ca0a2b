"""Who takes turns: all settings once, and then those that are not far behind the fastest of their library."""

import pytest

from harness.bench.contenders import Turn
from harness.bench.crew import Crew
from harness.bench.peers.plan import Comparison, PeersPlan
from harness.bench.peers.rounds import measure
from harness.bench.plan import Contender, Workload
from harness.bench.unavailable import UnavailableError

WORKLOAD = Workload("train", 32, 10)
COMPARISON = Comparison("small", (WORKLOAD,), 1.5, 1.5)


class Recorder:
    """A worker whose turns last as long as is said for each setting; `taken` is common to all."""

    def __init__(self, taken, seconds):
        self._taken, self._seconds = taken, seconds

    def prepare(self, contender, workload, least_seconds):
        if self._seconds[contender.setting] is None:
            raise UnavailableError("no C++ compiler")

    def forget(self, contender, workload):
        pass

    def take(self, contender, workload):
        self._taken.append(contender.setting)
        return Turn(workload.n_images, 1, self._seconds[contender.setting], 0.0)


class FewContenders(PeersPlan):
    """A plan with contenders of its own."""

    def tuned(self, workload):
        return [Contender("keras-tuned", "keras", way=way) for way in ("tuned", "far tuned")]

    def others(self, comparison, workload):
        names = {"numpy": ["numpy"], "keras": ["fit"], "pytorch": ["eager", "near", "far"], "jax": ["step"]}
        return [Contender(name, name, way=way) for name, ways in names.items() for way in ways]


@pytest.fixture
def take_turns(monkeypatch):
    """Return a function of the seconds of some settings that returns the settings in order of turns, and the rows."""

    def take(n_rounds=3, **changed):
        seconds = {"numpy": 1, "fit": 9, "tuned": 8, "far tuned": 99, "eager": 2, "near": 2.9, "far": 3.1, "step": 50}
        order = []
        crew = Crew(stack=None, turn_seconds=lambda contender: 2)
        monkeypatch.setattr(crew, "worker", lambda contender: Recorder(order, seconds | changed))
        return order, measure(COMPARISON, FewContenders(rounds=n_rounds, tuning_turns=2), crew)

    return take


def test_what_is_far_behind_the_fastest_of_its_own_library_takes_one_turn(take_turns):
    order, _ = take_turns()
    tuning = ["tuned", "far tuned", "tuned"]
    near = ["numpy", "fit", "eager", "near", "step", "tuned"]
    assert order[: len(tuning) + 7] == [*tuning, "numpy", "fit", "eager", "near", "far", "step", "tuned"]
    assert order[len(tuning) + 7 :] == [*near, *near]


def test_what_is_not_close_to_the_fastest_after_three_rounds_takes_no_more(take_turns):
    order, _ = take_turns(n_rounds=5)
    close = ["numpy", "eager", "step", "tuned"]  # 9 against 8, and 2.9 against 2, are more than 1.1 times as long
    assert order[-8:] == [*close, *close]


def test_the_turns_of_a_setting_are_numbered_by_their_rounds(take_turns):
    _, rows = take_turns()
    assert [row["round"] for row in rows if row["setting"] == "near"] == [1, 2, 3]
    assert {row["series"] for row in rows} == {"settings, train", "small"}


def test_what_cannot_be_had_is_left_out_with_a_line(take_turns, capsys):
    order, rows = take_turns(near=None)
    assert "near" not in order
    assert {row["contender"] for row in rows} == {"numpy", "keras", "keras-tuned", "pytorch", "jax"}
    assert "pytorch, near, is left out: no C++ compiler" in capsys.readouterr().err
