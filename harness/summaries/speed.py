"""How much faster one model of a study trains than another, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.results.waiting import waiting_note
from harness.summaries.comparison import short
from harness.summaries.differences import is_paired

if TYPE_CHECKING:
    import pandas

    from harness.results.studies import Study

# Below, models are called as fast as each other, and below the second nothing is said of the cause.
ALIKE = 1.05
CLEARLY = 2.0


def median_seconds(study: Study) -> pandas.Series:
    """Return the median seconds of an epoch by model, in their order; of no time at all, or none on record, none."""
    seconds = study.epochs.groupby("model")["wall_seconds"].median().reindex(study.config["models"]).dropna()
    return seconds[seconds > 0]


def fastest_and_slowest(study: Study) -> tuple[str, str, float] | None:
    """Return the fastest model, the slowest, and how many times faster it is; `None` without two that were timed."""
    seconds = median_seconds(study)
    if len(seconds) < 2:
        return None
    fast, slow = seconds.idxmin(), seconds.idxmax()
    return fast, slow, float(seconds[slow] / seconds[fast])


def speed_verdict(study: Study) -> str:
    """Return in a few words which model is how much faster; "" if it is not known, as seconds contain waiting."""
    found = fastest_and_slowest(study)
    if found is None or waiting_note(study.epochs):
        return ""
    fast, slow, ratio = found
    if ratio < ALIKE:
        return "They train at the same speed"
    beside = f" as {short(slow)}" if len(study.config["models"]) > 2 else ""
    return f"{short(fast)} trains {ratio:.1f} times as fast{beside}"


def speed_text(study: Study) -> str:
    """Return which model is how much faster, with the numbers and the cause as far as it is known; or ""."""
    found = fastest_and_slowest(study)
    if found is None:
        return ""
    fast, slow, _ = found
    seconds, n_images = median_seconds(study), study.config["n_train"]
    numbers = (
        f"{seconds[fast]:.2f} s an epoch against {seconds[slow]:.2f} s of {short(slow)}, "
        f"{n_images / seconds[fast]:,.0f} images a second against {n_images / seconds[slow]:,.0f}"
    )
    if waiting := waiting_note(study.epochs):
        return f"{short(fast)} takes {numbers}. {waiting}"
    return f"{speed_verdict(study)}: {numbers}.{cause_of(study, *found)}"


def cause_of(study: Study, fast: str, slow: str, ratio: float) -> str:
    """Return a sentence with the cause of a difference in speed, or ""."""
    if slow == "naive":
        return " naive computes one number at a time, in plain loops of Python."
    if ratio < CLEARLY or {fast, slow} != {"numpy", "keras"} or not is_paired(study, fast, slow):
        return ""
    if fast == "keras":
        return " A step has so much to compute here that TensorFlow's kernels, which are faster, make up for its calls."
    n_steps = -(-study.config["n_train"] // study.config["batch_size"])
    own, others = (f"{1e6 * median_seconds(study)[model] / n_steps:,.0f}" for model in (fast, slow))
    return (
        f" Both do the same arithmetic, for which {own} µs a step are enough; the rest of the {others} µs of keras is "
        "mostly what a call costs, whatever it computes, and larger batches share that."
    )
