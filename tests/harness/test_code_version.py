"""What identifies the code of users' models: their files, which are found without being run."""

import sys

import pytest

from harness.code_version import code_version

TOP = "package_of_models"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package whose import fails the test, with a module in it, and one below a folder that is no package."""
    folder = tmp_path / TOP
    (folder / "more").mkdir(parents=True)
    for name in ("__init__", "mine", "more/deep"):
        (folder / f"{name}.py").write_text("raise AssertionError('it is run')")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


@pytest.mark.parametrize(
    ("module", "file"),
    [
        (TOP, "__init__.py"),
        (f"{TOP}.mine", "mine.py"),
        (f"{TOP}.more.deep", "more/deep.py"),
    ],
)
def test_the_file_of_a_module_that_changed_is_another_version_and_nothing_is_run(module, file, package):
    model = f"{module}:make_model"
    before = code_version([model])[model]
    assert before is not None
    assert code_version([model])[model] == before
    (package / file).write_text("changed")
    assert code_version([model])[model] not in (before, None)
    assert not [name for name in sys.modules if name.startswith(TOP)]


@pytest.mark.parametrize("module", ["no_such_package", f"{TOP}.nothing", f"{TOP}.mine.nothing", "sys", "json.nothing"])
def test_a_module_without_a_file_has_no_version(module, package):
    assert code_version([f"{module}:make_model"])[f"{module}:make_model"] is None
