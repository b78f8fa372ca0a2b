"""The models in the page of the package are the same as Keras."""

from pathlib import Path

import pytest

from harness import user_models
from harness.parity import __main__ as command

PAGE = Path(user_models.__file__).with_name("README.md").read_text(encoding="utf-8")
BLOCKS = [part.split("```")[0] for part in PAGE.split("```python\n")[1:]]


@pytest.mark.parametrize("block", BLOCKS, ids=["one class", "functions and a dictionary", "a list of layers"])
def test_a_model_of_the_page_is_the_same_as_keras(block, tmp_path, capsys, excerpt_path):
    (tmp_path / "my_model.py").write_text(block)
    flags = ["--model", tmp_path / "my_model.py", "--dataset", excerpt_path, "--steps", "3", "--out", tmp_path]
    assert command.main(list(map(str, flags))) == 0, capsys.readouterr()
    assert "same: after 3 steps" in capsys.readouterr().out
