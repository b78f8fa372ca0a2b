"""The command of a sweep, up to the point where workers start: nothing is written when it is wrong."""

import builtins
import subprocess
import sys

import pytest

from harness.sweep.cell import run_cell
from tests.harness.sweep.sweeps import ROOT, cells_of, command, sweep_alone, sweep_here, sweep_to


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--set", "momentum=0.9"], "allowed are learning_rate, batch_size, epochs, limit"),
        (["--seeds", "9..0"], "names 0 seeds"),
        (["--seeds", "a..b"], "ranges such as 0..9"),
        (["--seeds", "1", "0..2"], "seeds are 1 0 1 2; name each once"),
        (["--set", "batch_size=1,1"], "name each once"),
        (["--workers", "0"], "workers is 0; allowed is a whole number of at least 1"),
        (["--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "leave one out"),
    ],
)
def test_wrong_flags_are_told_in_one_message_and_nothing_is_written(tiny, tmp_path, capsys, flags, words):
    assert sweep_here("--datasets", tiny, "--models", "numpy", "--out", tmp_path / "out", *flags) == 2
    (message,) = capsys.readouterr().err.splitlines()
    assert message.startswith("error: ") and words in message
    assert not (tmp_path / "out").exists()


def test_data_that_cannot_be_read_have_their_own_exit_code(tmp_path, capsys):
    assert sweep_here("--datasets", tmp_path / "none.npz", "--out", tmp_path / "out") == 3
    assert "none.npz" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_out_that_is_a_file_is_told_and_left_as_it_is(tiny, tmp_path, capsys):
    (tmp_path / "out").write_text("mine")
    assert sweep_here("--datasets", tiny, "--models", "numpy", "--out", tmp_path / "out") == 2
    assert "is a file; name a folder" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


def test_without_dask_a_message_names_the_file_that_brings_it(tiny, tmp_path, capsys, monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **more):
        if name.split(".")[0] in ("dask", "distributed"):
            raise ImportError(f"No module named {name!r}")
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert sweep_here("--datasets", tiny, "--models", "numpy", "--out", tmp_path / "out") == 2
    assert "pip install -r requirements-sweep.txt" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_dry_run_prints_cells_and_states_and_writes_nothing(tiny, tmp_path, capsys):
    cells = cells_of(tiny, seeds=[0, 1], learning_rate=[0.005, 0.01])
    folder = run_cell(cells[1], sweep_to(tmp_path / "out")).folder
    flags = ("--seeds", "0..1", "--set", "learning_rate=0.005,0.01", "--epochs", 1, "--out", tmp_path / "out")
    assert sweep_here("--datasets", tiny, "--models", "numpy", *flags, "--dry-run") == 0
    lines = capsys.readouterr().out.splitlines()
    (done,) = [line for line in lines if " done " in line]
    assert "learning_rate=0.005 seed 1" in done and str(folder) in done
    assert lines[-1] == "4 cells: 1 done, 3 to do"
    assert len(list((tmp_path / "out").glob("*/*/*"))) == 1


def test_help_imports_nothing_heavy():
    heavy = "('numpy', 'pandas', 'dask', 'distributed', 'keras')"
    code = (
        "import sys\nfrom harness.sweep.__main__ import parse\ntry: parse(['--help'])\nexcept SystemExit: pass\n"
        f"assert not [name for name in {heavy} if name in sys.modules]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True)


def test_nothing_but_the_sweep_imports_dask():
    code = "import sys, harness.tables, harness.runner, harness.sweep.cell; assert 'dask' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True)


def test_no_flags_at_all_is_a_wrong_command_only_where_a_value_is_missing():
    assert subprocess.run(command("--seeds"), capture_output=True, check=False, cwd=ROOT).returncode == 2
    assert sweep_alone("--help").returncode == 0
