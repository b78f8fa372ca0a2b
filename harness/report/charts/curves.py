"""Loss, accuracy and macro-F1 against epochs."""

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
from harness.summaries.model_styles import ModelStyle, side_by_side
from harness.summaries.published import published_values
from harness.summaries.scores import name_of_loss

if TYPE_CHECKING:
    import pandas

    from harness.report.sources import Chapter

WIDTH, HEIGHT = 340, 200
PANELS = {
    "loss": ("Loss", "lower is better", {"train": "train_loss", "test": "test_loss"}),
    "accuracy": ("Accuracy", "share classified correctly", {"train": "train_accuracy", "test": "test_accuracy"}),
    "macro-f1": ("Macro-F1", "mean over the classes, 1 is perfect", {"test": "test_macro_f1"}),
}
SPLITS = {"train": "training", "test": "test"}
# Above it seeds are drawn as their mean alone, and of many epochs only some.
MOST_ROWS = 2_000
MOST_EPOCHS = 100
MOST_TICKS = 12
ROOM_FOR_MODELS = 0.3  # of the distance from epoch to epoch, for the points of single seeds
STAR = (
    "M0,-1L0.2245,-0.309L0.9511,-0.309L0.3633,0.118L0.5878,0.809"
    "L0,0.382L-0.5878,0.809L-0.3633,0.118L-0.9511,-0.309L-0.2245,-0.309Z"
)


def curves(chapter: Chapter, styles: dict[str, ModelStyle]) -> list[Chart]:
    """Return the charts of a chapter's learning curves; none if there is no epoch yet."""
    epochs, note = thinned(chapter.epochs)
    if epochs.empty:
        return []
    return [
        make_curve(chapter, name, epochs, note, styles)
        for name, (_, _, columns) in PANELS.items()
        if epochs[list(columns.values())].notna().any(axis=None)
    ]


def thinned(epochs: pandas.DataFrame) -> tuple[pandas.DataFrame, str]:
    """Return rows that a page has room for, and a note of what was left out."""
    notes = []
    columns = [column for _, _, columns in PANELS.values() for column in columns.values()]
    last = epochs["epoch"].max() if len(epochs) else 0
    if last > MOST_EPOCHS:
        step = -(-int(last) // MOST_EPOCHS)
        epochs = epochs[(epochs["epoch"] % step == 0) | (epochs["epoch"] == 1) | (epochs["epoch"] == last)]
        notes.append(f"Of {last} epochs every {step}th is drawn.")
    if len(epochs) > MOST_ROWS:
        # Not the mean of pandas, which would pass over a seed that diverged.
        means = epochs.groupby(["model", "epoch"], sort=False)[columns].agg(lambda values: values.to_numpy().mean())
        epochs = means.reset_index().assign(seed=-1)
        notes.append("There are too many seeds to draw; the lines are their means.")
    return epochs, " ".join(notes)


def make_curve(
    chapter: Chapter, name: str, epochs: pandas.DataFrame, note: str, styles: dict[str, ModelStyle]
) -> Chart:
    """Return one chart: a line for the mean of each model, and a small point for each of several seeds."""
    title, unit, columns = PANELS[name]
    if name == "loss":
        unit = f"{name_of_loss(chapter.config)}, {unit}"
    several = epochs["seed"].nunique() > 1
    last = int(epochs["epoch"].max())
    y = altair.Y("value:Q", title=None, scale=altair.Scale(zero=False), axis=altair.Axis(format=".4~f", tickCount=5))
    # Training is dashed.
    patterns = altair.Scale(domain=list(SPLITS.values()), range=[[4, 3], [1, 0]])
    dash = altair.StrokeDash("split:N", scale=patterns, legend=None)
    base = only_switched_on(altair.Chart(rows_as_data(rows_of(epochs, columns, styles))))
    means = mean_of_all(base, ["model", "epoch", "split"])
    of = {"model": ("model", None), "split": ("of", None), "epoch": ("epoch", None)}
    about = tips(**of, value=("mean" if several else "value", ".4f"), **({"n": ("seeds", None)} if several else {}))
    layers = [
        means.mark_line(strokeWidth=2).encode(x_of("epoch", last), y, color(styles), dash),
        means.mark_point(size=70, filled=True, opacity=1).encode(
            x_of("epoch", last), y, color(styles), shape(styles), tooltip=about
        ),
    ]
    if several:
        about = tips(**of, seed=("seed", None), value=("value", ".4f"))
        points = base.mark_point(size=18, filled=False, strokeWidth=1, opacity=0.8)
        layers.append(points.encode(x_of("place", last), y, color(styles), shape(styles), tooltip=about))
    layers += published_layers(chapter, columns, last, y, styles)
    words = describe(title, epochs, columns)
    return make_chart(name, title, unit, words, switchable(altair.layer(*layers)), HEIGHT, WIDTH, note)


def x_of(field: str, last: int) -> altair.X:
    """Return the x axis, which counts epochs."""
    few = last <= MOST_TICKS
    return altair.X(
        f"{field}:Q",
        title="epoch",
        scale=altair.Scale(domain=[0.6, last + 0.4] if few else [0, last + 1], nice=False),
        axis=altair.Axis(grid=False, format="d", **({"values": list(range(1, last + 1))} if few else {})),
    )


def rows_of(epochs: pandas.DataFrame, columns: dict[str, str], styles: dict[str, ModelStyle]) -> list:
    """Return one row for each value, with the place on the x axis where a single seed stands."""
    models = [model for model in styles if (epochs["model"] == model).any()]
    offsets = side_by_side(models, ROOM_FOR_MODELS)
    return [
        {
            "model": row["model"],
            "seed": int(row["seed"]),
            "epoch": int(row["epoch"]),
            "place": int(row["epoch"]) + offsets[row["model"]],
            "split": SPLITS[split],
            "value": float(row[column]),
        }
        for row in epochs.to_dict("records")
        for split, column in columns.items()
    ]


def published_layers(
    chapter: Chapter, columns: dict[str, str], last: int, y: altair.Y, styles: dict[str, ModelStyle]
) -> list[altair.Chart]:
    """Return a layer of stars for what was published of the models, or none."""
    splits = {column: SPLITS[split] for split, column in columns.items()}
    found = [item for item in published_values(chapter.config, columns.values()) if item.epoch <= last]
    rows = [
        {"model": item.model, "epoch": item.epoch, "split": splits[item.column], "value": float(item.value)}
        for item in found
        if item.model in styles
    ]
    if not rows:
        return []
    base = only_switched_on(altair.Chart(rows_as_data(rows)), by_seed=False)
    stars = base.mark_point(shape=STAR, size=150, filled=True, fill="var(--paper)", strokeWidth=1.5, opacity=1)
    about = tips(model=("published of", None), split=("of", None), epoch=("epoch", None), value=("value", ".4f"))
    return [stars.encode(x_of("epoch", last), y, color(styles, altair.Stroke), tooltip=about)]


def describe(title: str, epochs: pandas.DataFrame, columns: dict[str, str]) -> str:
    """Return in words what a chart shows: first and last mean of every line."""
    parts = []
    for split, column in columns.items():
        for model, rows in epochs.groupby("model", sort=False):
            means = rows.groupby("epoch")[column].agg(lambda values: values.to_numpy().mean()).dropna()
            if len(means):
                ends = f"{means.iloc[0]:.4f} after epoch {means.index[0]:.0f}"
                more = f", {means.iloc[-1]:.4f} after epoch {means.index[-1]:.0f}" if len(means) > 1 else ""
                parts.append(f"{one_line(model, 40)}, {SPLITS[split]}: {ends}{more}")
    return f"Line chart of {title.lower()} by epoch. {'. '.join(parts)}."
