"""Markdown tables."""

from harness.base.markdown import markdown


def test_nothing_in_a_cell_breaks_the_table():
    heading, marks, row = markdown([("model", "where"), ("a|b", "two\nlines")], n_names=2)
    assert row == r"| a\|b  | two lines |"
    assert heading == "| model | where     |"
    assert marks == "|-------|-----------|"
