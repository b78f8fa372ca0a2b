"""`python -m harness.bench --scaling`, on a tiny plan."""

import sys

import pandas
import pytest

from harness.bench import __main__ as command
from harness.bench.scaling import study

needs_workers = pytest.mark.skipif(sys.platform != "linux", reason="its workers are forks")


@needs_workers
def test_a_quick_run_writes_rows_environment_and_table(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(study, "usable_cores", lambda: 2)
    assert command.main(["--scaling", "--quick", "--out", str(tmp_path)]) == 0
    (folder,) = (tmp_path / "bench" / "scaling-quick").iterdir()
    assert {path.name for path in folder.iterdir()} == {"scaling.csv", "scaling.md", "environment.json"}
    assert (folder / "scaling.md").read_text().strip() in capsys.readouterr().out
    rows = pandas.read_csv(folder / "scaling.csv")
    turns = rows.groupby(["setting", "batch_size"])["round"].apply(list).to_dict()
    assert turns == {("threads=1", 16): [1, 2], ("threads=1", 32): [1, 2], ("threads=2", 32): [1, 2]}


def test_one_core_cannot_measure_the_exchange(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(study, "usable_cores", lambda: 1)
    assert command.main(["--scaling", "--quick", "--out", str(tmp_path)]) == 4
    assert "with so many cores: 1; allowed are two and more" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--scaling", "--peers"], "--peers and --scaling are given; name one of them"),
        (["--scaling", "--profile"], "--scaling and --profile are given"),
        (["--peers", "--network=adam"], "--peers has networks of its own; leave out --network"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(flags, words, capsys):
    assert command.main(flags) == 2
    assert words in capsys.readouterr().err
