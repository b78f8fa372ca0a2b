"""The table of answers to the questions of a plan."""

from __future__ import annotations

from pathlib import Path

from harness.base.markdown import markdown
from harness.summaries.planned_answers import answers_below

HEADING = ("question", "of", "published", "found", "interval", "verdict", "seeds")
N_NAMES = 2


def answers_table(folder: str | Path) -> str:
    """Return a Markdown table with the answers to the questions of results/reference/PLAN.md, and a note on the tests.

    Args:
        folder: with the plan, its runs and the benchmark, such as `results/reference`.

    Raises:
        UsageError: if there is no plan that can be read.
    """
    answers = answers_below(folder)
    questions = [""] + [answer.question for answer in answers]
    rows = [
        (
            "" if answer.question == above else answer.question,
            *(answer.of, answer.published, answer.found, answer.interval, answer.verdict, answer.seeds),
        )
        for answer, above in zip(answers, questions, strict=False)
    ]
    n_tests = sum(answer.is_test for answer in answers)
    note = f"p is corrected by Holm's method for the {n_tests} tests of differences in this table."
    return "\n".join([*markdown([HEADING, *rows], N_NAMES), "", note])
