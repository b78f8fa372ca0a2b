"""Links of the texts lead somewhere, and the README is short."""

import re

import pytest

from tests.pages import ROOT, page

FOLDERS = (".github", "harness", "keras_model", "numpy_model", "results/reference", "tests")
FOUND = [path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.md")]
PAGES = ["README.md", *sorted(str(path) for path in FOUND if path.name in ("README.md", "CONTRIBUTING.md", "PLAN.md"))]
# What one screen holds.
MOST_BYTES = 6_144


def anchors(path):
    """Return the anchors that GitHub gives the headings of a text."""
    headings = re.findall(r"^#+ (.+)$", page(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES)
def test_every_link_and_picture_leads_to_something_that_is_there(path):
    folder = (ROOT / path).parent
    targets = [link for link in re.findall(r"\]\(([^)\s]+)\)", page(path)) if "://" not in link]
    for target in targets:
        file, _, anchor = target.partition("#")
        goal = (folder / file if file else ROOT / path).resolve()
        assert goal.exists(), target
        goal = goal / "README.md" if goal.is_dir() else goal
        if anchor:
            assert anchor in anchors(goal.relative_to(ROOT)), target


def test_every_page_can_be_reached_from_the_readme():
    reached, left = set(), ["README.md"]
    while left:
        path = left.pop()
        reached.add(path)
        for target in re.findall(r"\]\(([^)#\s]+\.md)[)#]", page(path)):
            goal = ((ROOT / path).parent / target).resolve().relative_to(ROOT.resolve()).as_posix()
            left += [goal] if goal not in reached else []
    assert set(PAGES) <= reached


def test_the_readme_is_one_screen():
    assert len(page("README.md").encode()) <= MOST_BYTES
