"""`python -m harness.bench --peers`, on a tiny plan and without other libraries."""

import json
from dataclasses import replace

import pandas
import pytest

from harness.base.errors import ModelError
from harness.bench import __main__ as command
from harness.bench.contenders import Turn
from harness.bench.crew import COLUMNS, Crew
from harness.bench.peers import candidates, plan, study
from harness.bench.peers.plan import QUICK_PEERS, PeersPlan
from harness.bench.plan import NUMPY


@pytest.fixture
def without_libraries(monkeypatch):
    """Let `numpy` stand in for Keras, which is imported for seconds, and have no other library."""
    monkeypatch.setattr(candidates, "find_spec", lambda name: None)
    monkeypatch.setattr(plan, "KERAS", {task: replace(NUMPY, name="keras") for task in ("train", "predict")})
    monkeypatch.setattr(plan, "keras_candidates", lambda workload: [replace(NUMPY, name="keras-tuned")])
    monkeypatch.setattr(study, "environment_of", lambda plan, crew: {"cpu": "a processor"})


def test_a_quick_run_writes_rows_environment_and_table(without_libraries, tmp_path, capsys):
    assert command.main(["--peers", "--quick", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    (folder,) = (tmp_path / "bench" / "peers-quick").iterdir()
    assert {path.name for path in folder.iterdir()} == {"peers.csv", "peers.md", "environment.json"}
    assert (folder / "peers.md").read_text().strip() in shown.out
    assert json.loads((folder / "environment.json").read_text()) == {"cpu": "a processor"}
    assert "pytorch is left out: torch is not installed" in shown.err
    rows = pandas.read_csv(folder / "peers.csv")
    assert tuple(rows.columns) == COLUMNS
    turns = rows[rows["series"] == "simple_cnn, batch 1"].groupby("contender")["round"].apply(list)
    assert set(turns.index) == {"numpy", "keras", "keras-tuned", "blas"}
    assert turns["numpy"] == turns["blas"] == [1, 2]


def test_what_was_measured_before_an_interruption_is_kept(without_libraries, tmp_path, monkeypatch, capsys):
    measure = study.measure

    def interrupted(comparison, *arguments):
        if "prediction" in comparison.title:
            raise KeyboardInterrupt
        return measure(comparison, *arguments)

    monkeypatch.setattr(study, "measure", interrupted)
    assert command.main(["--peers", "--quick", "--out", str(tmp_path)]) == 130
    (folder,) = (tmp_path / "bench" / "peers-quick").iterdir()
    assert "simple_cnn, batch 1" in (folder / "peers.md").read_text()
    assert str(folder) in capsys.readouterr().err


def test_networks_that_differ_stop_the_run_before_the_rounds(without_libraries, monkeypatch):
    crew = Crew(stack=None, turn_seconds=lambda contender: 0)
    taken = set()

    class Odd:
        """A worker whose network has more parameters with one contender."""

        def prepare(self, contender, workload, least_seconds):
            return 119_772 + (contender.name == "keras")

        def take(self, contender, workload):
            taken.add(contender.name)
            return Turn(1, 1, 1.0, 0.0)

    monkeypatch.setattr(crew, "worker", lambda contender: Odd())
    with pytest.raises(ModelError, match=r"119,773 parameters with keras, and 119,772 with"):
        study.measure(QUICK_PEERS.comparisons[0], QUICK_PEERS, crew)
    assert taken == {"keras-tuned"}  # while its setting was chosen


def test_the_whole_comparison_has_enough_rounds_for_an_interval():
    assert PeersPlan().rounds >= 6
