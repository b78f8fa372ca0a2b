import subprocess
import sys
from pathlib import Path

import pytest

from harness.datasets.__main__ import main

ROOT = Path(__file__).parents[3]


def test_a_good_copy_is_printed_and_the_exit_code_is_0(tiny, machine, capsys):
    folder = tiny.write(machine.home / ".keras/datasets/fashion-mnist", ".gz")
    assert main(["fashion"]) == 0
    output = capsys.readouterr().out
    assert f"  verified  the IDX files in {folder}\n" in output
    assert f"  nothing   {machine.cache / 'fashion'}\n" in output
    assert "MNIST (mnist)" not in output


def test_a_bad_copy_is_printed_and_the_exit_code_is_3(tiny, machine, capsys):
    folder = tiny.write(machine.cache / "fashion")
    (folder / "t10k-images-idx3-ubyte").write_bytes(b"spoiled")
    assert main(["fashion"]) == 3
    output = capsys.readouterr().out
    assert f"  refused   {folder / 't10k-images-idx3-ubyte'}: not an IDX file" in output
    assert "No good copy. Training on it fetches one: python -m harness.run --dataset fashion" in output


def test_a_bad_copy_beside_a_good_one_does_not_matter(tiny, machine, tmp_path):
    (tiny.write(machine.cache / "fashion") / "t10k-images-idx3-ubyte").write_bytes(b"spoiled")
    tiny.write(tmp_path / "mine")
    assert main(["--data-dir", str(tmp_path / "mine"), "fashion"]) == 0


def test_both_data_sets_are_asked_for_by_default(tiny, tiny_mnist, machine, capsys):
    tiny.write(machine.cache / "fashion")
    assert main([]) == 3
    tiny_mnist.write(machine.cache / "mnist")
    assert main([]) == 0
    assert "Fashion-MNIST (fashion)\n" in capsys.readouterr().out


def test_nothing_is_fetched_or_made(register, server, machine, tmp_path, snapshot):
    tiny = register("fashion", mirrors=(server.url,))
    tiny.write(server.folder, ".gz")
    before = snapshot(tmp_path)
    assert main(["fashion"]) == 3
    assert server.requests == []
    assert snapshot(tmp_path) == before


def test_an_unknown_name_ends_with_2_and_names_the_valid_ones(capsys):
    assert main(["fashon"]) == 2
    assert "'fashon'; allowed are fashion and mnist" in capsys.readouterr().err


def test_a_reader_that_stops_early_causes_no_traceback():
    command = [sys.executable, "-u", "-m", "harness.datasets"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_an_unknown_flag_ends_with_2(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--fetch"])
    assert end.value.code == 2


def test_a_data_dir_that_is_not_there_ends_with_3(tiny, tmp_path, capsys):
    assert main(["--data-dir", str(tmp_path / "nowhere")]) == 3
    assert "no such folder" in capsys.readouterr().err
