"""Clears up after these tests."""

import shutil

import pytest


@pytest.fixture(scope="session", autouse=True)
def _clear_files():
    """Remove the damaged files when all tests are done."""
    yield
    from tests.fuzz.readers import FOLDER

    shutil.rmtree(FOLDER, ignore_errors=True)
