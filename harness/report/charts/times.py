"""Seconds of training for each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair

from harness.base.text import one_line
from harness.report.charts.drawing import (
    Chart,
    color,
    make_chart,
    only_switched_on,
    rows_as_data,
    shape,
    switchable,
    tips,
)
from harness.report.charts.seeds import rows_axis
from harness.results.waiting import waiting_note

if TYPE_CHECKING:
    from harness.report.sources import Chapter
    from harness.summaries.model_styles import ModelStyle

ROW_HEIGHT = 52
MOST_POINTS = 1_000
BELOW = 18  # pixels from a bar to its points


def times_chart(chapter: Chapter, styles: dict[str, ModelStyle]) -> Chart | None:
    """Return the chart of training times, or `None` if there are none."""
    epochs = chapter.epochs.dropna(subset=["wall_seconds"])
    if epochs.empty:
        return None
    models = [model for model in styles if (epochs["model"] == model).any()]
    rows = [
        {
            "model": row["model"],
            "seed": int(row["seed"]),
            "epoch": int(row["epoch"]),
            "value": float(row["wall_seconds"]),
        }
        for row in epochs.head(MOST_POINTS).to_dict("records")
    ]
    base = only_switched_on(altair.Chart(rows_as_data(rows)))
    x = altair.X(
        "value:Q",
        title="seconds of training for an epoch",
        scale=altair.Scale(zero=True),
        axis=altair.Axis(tickCount=5),
    )
    y = rows_axis(models)
    times = base.transform_aggregate(value="median(value)", n="count()", groupby=["model"])
    about = tips(model=("model", None), value=("median seconds", ".3~s"), n=("epochs", None))
    one = tips(model=("model", None), seed=("seed", None), epoch=("epoch", None), value=("seconds", ".2f"))
    layers = [
        times.mark_bar(height=22, opacity=0.35).encode(x, y, color(styles), tooltip=about),
        times.mark_text(align="left", dx=6, fontWeight="bold").encode(
            altair.XDatum(0), y, text=altair.Text("value:Q", format=".3~r")
        ),
        base.mark_point(size=30, filled=False, strokeWidth=1.2, opacity=0.9, yOffset=BELOW).encode(
            x, y, color(styles), shape(styles), tooltip=one
        ),
    ]
    seconds = epochs.groupby("model")["wall_seconds"].median()
    times = "; ".join(f"{one_line(model, 40)} {seconds[model]:.3g} seconds" for model in models)
    words = f"Bar chart of the median training time for an epoch, with a point for every epoch of every seed. {times}."
    about = "bar: median; points: every epoch of every seed"
    return make_chart(
        "times", "Seconds for an epoch", about, words, switchable(altair.layer(*layers)), ROW_HEIGHT * len(models) + 10,
        note=waiting_note(epochs),
    )  # fmt: skip
