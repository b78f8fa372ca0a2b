"""Which room of the harness imports which."""

import ast
from pathlib import Path

import pytest

import harness

PACKAGE = Path(harness.__file__).parent
# A room imports those before it, and itself.
ROOMS = (
    "base", "datasets", "experiments", "user_models", "training", "results", "summaries",
    "tables", "plots", "report", "compare", "parity", "bench", "sweep",
)  # fmt: skip
VIEWS = {"tables", "plots", "report", "compare"}


def rooms_imported_by(path):
    """Return the rooms that a file imports, wherever in it, by name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("harness.")}
    return found & {*ROOMS, "run", "runner"}


def test_every_room_is_in_the_list():
    assert {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"} == {*ROOMS}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_those_before_it_and_no_view_another(room):
    allowed = {*ROOMS[: ROOMS.index(room)]} - (VIEWS if room in VIEWS else set())
    wrong = {
        str(path.relative_to(PACKAGE)): others
        for path in (PACKAGE / room).rglob("*.py")
        if (others := rooms_imported_by(path) - allowed - {room})
    }
    assert wrong == {}
