"""Differences against steps."""

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from harness.plots.style import figure_style, save_figure

# Different in line and marker too, for prints in gray.
STYLES = {
    "float64": {"color": "#0072B2", "marker": "o", "linestyle": "-"},
    "float32": {"color": "#D55E00", "marker": "s", "linestyle": "-"},
}
# Zero cannot be drawn on a log scale.
SMALLEST = 1e-18


def draw(walks, title, path):
    """Draw the largest difference of any parameter against the step to `path`, with tolerance and rounding.

    Args:
        walks: a `Walk` by precision.
        title: what was compared.
        path: of the PNG file.
    """
    with figure_style():
        figure = Figure(figsize=(8, 4.8), layout="constrained")
        axes = figure.subplots()
        for precision, walk in walks.items():
            style = STYLES[precision]
            steps = [row.step for row in walk.rows]
            gaps = [max(row.params, SMALLEST) for row in walk.rows]
            every = max(1, len(steps) // 20)
            axes.plot(steps, gaps, markevery=every, markersize=4, label=f"{precision}: the two models", **style)
            tolerances = [row.tolerance for row in walk.rows]
            axes.plot(
                steps, tolerances, color=style["color"], linestyle=":", label=f"{precision}: tolerance of one step"
            )
            if any(row.rounding for row in walk.rows):
                rounding = [max(row.rounding, SMALLEST) for row in walk.rows]
                label = "rounding alone: a model in float32 from itself in float64"
                axes.plot(steps, rounding, color="0.35", linestyle="--", label=label)
            if walk.divergences:
                axes.axvline(walk.divergences[0].difference.step, color=style["color"], linewidth=0.8)
        log_scale(axes)
        axes.set_xlabel("step")
        axes.set_ylabel("largest difference of any parameter")
        axes.grid(axis="y", color="0.9")
        axes.set_axisbelow(True)
        figure.legend(loc="outside lower center", ncols=2)
        figure.suptitle(title, fontsize=11)
        save_figure(figure, path)


def log_scale(axes):
    """Give the differences a log scale, with numbers as the tables write them."""
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda gap, _: f"{gap:.0e}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


# Of the pairs of `together.PAIRS`, in their order.
TOGETHER_STYLES = (
    {"color": "#0072B2", "linestyle": "-", "marker": "o"},
    {"color": "#D55E00", "linestyle": "-", "marker": "s"},
    {"color": "0.35", "linestyle": "--", "marker": "^"},
    {"color": "0.6", "linestyle": ":", "marker": "x"},
    {"color": "#009E73", "linestyle": "-.", "marker": "v"},
)


def draw_together(rows, title, path):
    """Draw the difference of parameters and the accuracies over a whole training to `path`.

    Args:
        rows: a DataFrame of `TogetherRow`s.
        title: what was compared.
        path: of the PNG file.
    """
    with figure_style():
        figure = Figure(figsize=(8, 7), layout="constrained")
        gaps, accuracies = figure.subplots(2, 1, sharex=True)
        for (pair, own), style in zip(rows.groupby("pair", sort=False), TOGETHER_STYLES, strict=False):
            every = max(1, len(own) // 20)
            largest = own["largest"].clip(lower=SMALLEST)
            gaps.plot(own["step"], largest, label=pair.replace(", ", " from "), markevery=every, markersize=4, **style)
        log_scale(gaps)
        gaps.set_ylabel("largest difference of any parameter")
        scored, drawn = rows.dropna(subset=["accuracy"]), set()
        for (pair, own), style in zip(scored.groupby("pair", sort=False), TOGETHER_STYLES, strict=False):
            one, other = pair.split(", ")
            lighter = {**style, "linestyle": "--", "markerfacecolor": "white"}
            for model, column, size, look in ((one, "accuracy", 4, style), (other, "other_accuracy", 6, lighter)):
                if model not in drawn:
                    accuracies.plot(own["step"], own[column], label=model, markersize=size, **look)
                    drawn.add(model)
        accuracies.set_ylabel("test accuracy")
        accuracies.set_xlabel("step")
        for axes in (gaps, accuracies):
            axes.grid(axis="y", color="0.9")
            axes.set_axisbelow(True)
        gaps.legend(loc="center right")
        accuracies.legend(loc="lower right", ncols=2)
        accuracies.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:,.0f}"))
        figure.suptitle(title, fontsize=11)
        save_figure(figure, path)
