"""F1 by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair

from harness.base.text import one_line
from harness.report.charts.drawing import (
    Chart,
    color,
    make_chart,
    mean_of_all,
    only_switched_on,
    rows_as_data,
    shape,
    switchable,
    tips,
)

if TYPE_CHECKING:
    from harness.summaries.model_styles import ModelStyle

ROW_HEIGHT = 26
MOST_POINTS = 2_000


def f1_chart(rows: list, styles: dict[str, ModelStyle]) -> Chart | None:
    """Return the chart of F1 by class, hardest class first, or `None` without rows.

    Args:
        rows: dictionaries of model, seed, class and value, as of `harness.report.classes`.
        styles: of the models.
    """
    if not rows:
        return None
    names = list(dict.fromkeys(row["class"] for row in rows))
    several = len({row["seed"] for row in rows}) > 1
    base = only_switched_on(altair.Chart(rows_as_data(rows)))
    means = mean_of_all(base, ["model", "class"])
    options = {
        "title": "F1 (1 is perfect)",
        "scale": altair.Scale(zero=False, padding=8),
        "axis": altair.Axis(tickCount=6, format=".2f"),
    }
    x = altair.X("value:Q", **options)
    y = altair.Y(
        "class:N", sort=names, title=None, axis=altair.Axis(grid=True, ticks=False, domain=False, labelPadding=8)
    )
    spans = means.transform_aggregate(low="min(value)", high="max(value)", groupby=["class"])
    about = tips(
        **{"model": ("model", None), "class": ("class", None), "value": ("mean F1" if several else "F1", ".3f")}
    )
    layers = [
        spans.mark_rule(strokeWidth=2, color="var(--axis)").encode(
            altair.X("low:Q", **options), altair.X2("high:Q"), y
        ),
        means.mark_point(size=75, filled=True, opacity=0.95).encode(x, y, color(styles), shape(styles), tooltip=about),
    ]
    if several and len(rows) <= MOST_POINTS:
        one = tips(
            **{"model": ("model", None), "class": ("class", None), "seed": ("seed", None), "value": ("F1", ".3f")}
        )
        points = base.mark_tick(thickness=1, size=9, opacity=0.55)
        layers.insert(1, points.encode(x, y, color(styles), tooltip=one))
    about = "hardest first" + ("; ticks: single seeds, points: their means" if several else "")
    chart = switchable(altair.layer(*layers))
    return make_chart("f1", "F1 by class", about, describe(rows, names), chart, ROW_HEIGHT * len(names))


def describe(rows: list, names: list[str]) -> str:
    """Return in words which classes are hardest and easiest."""
    means = {name: [row["value"] for row in rows if row["class"] == name] for name in (names[0], names[-1])}
    means_text = [f"{one_line(name, 40)} {sum(values) / len(values):.3f}" for name, values in means.items()]
    hardest, easiest = means_text[0], means_text[-1]
    return f"Point chart of F1 by class and model. Mean over the models: hardest {hardest}, easiest {easiest}."
