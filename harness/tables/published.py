"""What was published beside what was measured."""

from harness import statistics
from harness.tables.markdown import markdown
from harness.tables.numbers import interval_text, mean_text

NAMES = {"train_loss": "training loss", "test_accuracy": "accuracy", "test_macro_f1": "macro-F1"}


def published_table(study):
    """Return a Markdown table with one row for each published value, or "" if there is none.

    A published value comes from one run; so it is held against the interval in which 95 % of single runs fall.
    """
    published = study.config.get("published", [])
    rows = [("model", "epoch", "of", "published", "measured", "measured - published", "single runs, 95 %", "verdict")]
    rows += [row_of(study, **entry) for entry in published if entry["model"] in study.config["models"]]
    return "\n".join(markdown(rows)) if len(rows) > 1 else ""


def row_of(study, model, epoch, column, value):
    """Return the row of one published value."""
    values = study.of_epoch(model, epoch)[column]
    distance = f"{values.mean() - value:+.4f}" if len(values) else "-"
    return (
        model,
        str(epoch),
        NAMES.get(column, column),
        f"{value:g}",
        mean_text(values),
        distance,
        interval_text(statistics.single_run_interval, values),
        verdict(values, value),
    )


def verdict(values, value):
    """Return whether a published value is like a single run of ours, in words."""
    if len(values) < 2:
        return "needs two seeds"
    low, high = statistics.single_run_interval(values)
    return "like one of ours" if low <= value <= high else "outside"
