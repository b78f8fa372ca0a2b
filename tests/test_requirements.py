"""The lock file: every requirement pinned, every file known by its hash."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
# A pin, perhaps for some systems only, above the hashes of its files.
PIN = re.compile(r"^([\w.-]+)==(\S+)( ; [^\\\n]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n", re.MULTILINE)


# `make setup` leaves out Keras's other backends, which are peers of the benchmark too: they are large.
OTHERS = {ROOT / f"requirements-{name}.txt" for name in ("jax", "peers", "torch")}
INSTALLED = sorted({*ROOT.glob("requirements*.txt")} - OTHERS)


@pytest.mark.parametrize("path", INSTALLED, ids=lambda path: path.name)
def test_every_requirement_is_pinned_to_a_version_that_it_allows(path):
    pinned = {name.lower(): version for name, version, *_ in PIN.findall(LOCK)}
    lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
    for requirement in map(Requirement, filter(None, lines)):
        assert requirement.specifier.contains(pinned[requirement.name.lower()]), requirement


def test_the_lock_file_holds_pins_with_hashes_alone_and_no_address():
    assert not [line for line in PIN.sub("", LOCK).splitlines() if not line.startswith("#")]
    assert "://" not in LOCK
