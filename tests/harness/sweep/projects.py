"""A checkout of the project as it is here, with a plan, for tests that commit."""

import shutil
import subprocess
from pathlib import Path

from tests.harness.sweep.sweeps import ROOT

AUTHOR = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")


def git(folder, *words):
    """Call git in a folder, and return what it prints."""
    result = subprocess.run(["git", *AUTHOR, *words], cwd=folder, capture_output=True, text=True, check=True)
    return result.stdout.strip()


def commit(folder, message="a change"):
    """Commit all files of a checkout, and return the commit's hash."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def make_checkout(folder):
    """Make an empty repository, and return its folder."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    return folder


def make_project(folder):
    """Make a checkout with the packages as they are here, not committed yet, and return its folder."""
    make_checkout(folder)
    for package in ("numpy_model", "keras_model", "harness"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".gitignore", folder)
    return folder


def write_plan(folder, dataset, seeds="0..1", models=("numpy",), n_epochs=1):
    """Write a plan of one study on a data set, and return its path."""
    path = Path(folder) / "plan.toml"
    path.write_text(
        f'[[studies]]\nname = "tiny"\nexperiments = ["identical"]\ndataset = "{dataset}"\n'
        f'models = {list(models)}\nseeds = "{seeds}"\nepochs = {n_epochs}\n'
    )
    return path
