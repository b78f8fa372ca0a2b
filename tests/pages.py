"""The texts of this project, for tests that hold them to what they are about."""

from pathlib import Path

ROOT = Path(__file__).parents[1]


def page(path: str) -> str:
    """Return a text of this project, by its path."""
    return (ROOT / path).read_text()


def prose(path: str) -> str:
    """Return a text of this project in one line, so that sentences are found wherever their lines end."""
    return " ".join(page(path).split())
