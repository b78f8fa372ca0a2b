"""The excerpt of Fashion-MNIST, as a data set and as a file."""

from pathlib import Path

import pytest

from harness import datasets

EXCERPT = Path(__file__).parents[1] / "fixtures" / "fashion_excerpt.npz"


@pytest.fixture(scope="session")
def excerpt():
    return datasets.load(str(EXCERPT))


@pytest.fixture(scope="session")
def excerpt_path():
    return EXCERPT
