"""`proof.json`: written, read again, pooled, and not believed."""

import json
from dataclasses import asdict, replace

import pytest

from harness.base.errors import DataError
from harness.results import RunFolder
from harness.results.proof import ModelProof, has_proofs, read_proofs, write_proofs
from harness.results.reading import open_run
from harness.results.studies import pool

SAME = ModelProof("numpy", "keras", True, 20, "float64", 7e-17)
DIFFERENT = ModelProof("numpy", "keras", False, 3, "float64", words="step 3, layer dense: ...")
UNKNOWN = ModelProof("numpy", "keras", None, words="its plain loops are too slow")


def test_what_is_written_is_read_again(tmp_path):
    assert not has_proofs(tmp_path)
    write_proofs(RunFolder(tmp_path), [SAME, DIFFERENT, UNKNOWN], 1.5)
    assert has_proofs(tmp_path) and read_proofs(tmp_path / "proof.json") == [SAME, DIFFERENT, UNKNOWN]


@pytest.mark.parametrize(
    "change",
    [
        {"model": 3}, {"against": "x" * 300}, {"same": "yes"}, {"steps": -1}, {"steps": 0}, {"precision": "float16"},
        {"difference": None}, {"difference": -1.0}, {"words": 1}, {"words": "x" * 3000}, {"more": 1},
    ],
)  # fmt: skip
def test_what_no_run_writes_is_refused(change, tmp_path):
    (tmp_path / "proof.json").write_text(json.dumps({"models": [asdict(SAME) | change]}))
    with pytest.raises(DataError, match="holds no proofs"):
        read_proofs(tmp_path / "proof.json")


@pytest.mark.parametrize("text", ["{}", '{"models": 1}', '{"models": [1]}', '{"models": [{"model": "numpy"}]}'])
def test_other_content_is_refused(text, tmp_path):
    (tmp_path / "proof.json").write_text(text)
    with pytest.raises(DataError, match="holds no proofs"):
        read_proofs(tmp_path / "proof.json")


def test_a_damaged_proof_is_a_problem_and_no_error(a_run):
    (a_run.folder / "proof.json").write_text("{")
    damaged = open_run(a_run.folder)
    assert damaged.proofs == [] and any(problem.startswith("proof.json cannot be read") for problem in damaged.problems)


def test_of_several_runs_a_difference_counts_and_else_the_newest_that_knows(a_run):
    def pooled(*proofs):
        return pool([replace(a_run, proofs=[proof] if proof else []) for proof in proofs]).proofs

    newer = replace(SAME, difference=8e-17)
    assert pooled(None, None) == ()
    assert pooled(SAME, None, newer, UNKNOWN) == (newer,)
    assert pooled(UNKNOWN, SAME) == (SAME,)
    assert pooled(SAME, DIFFERENT, newer) == (DIFFERENT,)


@pytest.fixture
def a_run(tmp_path):
    """A run without an epoch yet."""
    config = {
        "dataset": "own", "experiment": "identical", "models": ["numpy", "keras"], "seeds": [0], "epochs": 1,
        "batch_size": 1, "learning_rate": 0.005, "limit": None, "class_names": ["a", "b"], "n_train": 4, "n_test": 4,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    RunFolder(tmp_path).write_epochs([])
    return open_run(tmp_path)
