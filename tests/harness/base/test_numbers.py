"""Numbers as text."""

import pytest

from harness.base.numbers import seeds_text


@pytest.mark.parametrize(
    ("seeds", "text"),
    [
        ([], "none"),
        ([3], "3"),
        ([0, 1], "0, 1"),
        ([2, 0, 1], "0 to 2"),
        ([0, 2, 4], "0, 2, 4"),
        ([*range(9), *range(10, 20)], "0 to 8, 10 to 19"),
        ([0, 1, 5, 6, 7, 9], "0, 1, 5 to 7, 9"),
    ],
)
def test_seeds_are_listed_and_three_or_more_in_a_row_by_their_ends(seeds, text):
    assert seeds_text(seeds) == text
