"""Tables and a plot of what was measured."""

import numpy as np
import pandas

from harness.tables.markdown import markdown

LINES = {"numpy": "o-", "keras": "^--", "keras-tuned": "s-.", "blas": "x:", "naive": "D-"}


def summarise(rows):
    """Return median, smallest and largest microseconds an image for each series, workload and contender."""
    keys = ["series", "task", "batch_size", "n_images", "side", "filters", "contender", "setting"]
    times = pandas.DataFrame(rows).groupby(keys, sort=False)["microseconds_per_image"]
    return times.agg(["median", "min", "max"]).reset_index()


def ratios(rows, series):
    """Return, by workload and contender, the median over the rounds of its time against that of `numpy` beside it."""
    frame = pandas.DataFrame(rows)
    frame = frame[frame["series"] == series]
    if series == "batch size":
        frame = frame.assign(n_images=0)  # the plain loops take fewer
    index = ["task", "batch_size", "n_images", "side", "filters", "round"]
    table = frame.pivot_table(index=index, columns="contender", values="microseconds_per_image", sort=False)
    return table.div(table["numpy"], axis=0).groupby(level=index[:-1], sort=False).median()


def training_table(rows):
    """Return microseconds an image of training by batch size, with the ratio of each contender to `numpy`."""
    summary = summarise(rows)
    summary = summary[summary["series"] == "batch size"]
    ratio = ratios(rows, "batch size")
    lines = [("batch size", "contender", "µs an image", "from", "to", "against numpy", "setting")]
    for row in summary.itertuples():
        against = ratio.xs(row.batch_size, level="batch_size")[row.contender].iloc[0]
        lines.append(
            (
                f"{row.batch_size}",
                row.contender,
                f"{row.median:,.0f}",
                f"{row.min:,.0f}",
                f"{row.max:,.0f}",
                f"{against:.2f}x",
                row.setting,
            )
        )
    return "\n".join(markdown(lines))


def other_table(rows, series):
    """Return microseconds an image of prediction, or of one series of growth, by workload."""
    summary = summarise(rows)
    ratio = ratios(rows, series)
    lines = [("workload", "contender", "µs an image", "from", "to", "against numpy")]
    for row in summary[summary["series"] == series].itertuples():
        against = ratio.loc[(row.task, row.batch_size, row.n_images, row.side, row.filters), row.contender]
        workload = words(row)
        lines.append(
            (workload, row.contender, f"{row.median:,.0f}", f"{row.min:,.0f}", f"{row.max:,.0f}", f"{against:.2f}x")
        )
    return "\n".join(markdown(lines))


def crossing(rows, series, column):
    """Say where plain Keras becomes faster than NumPy as one thing grows.

    Between two sizes the ratio of times is taken to be a straight line on log scales.

    Args:
        rows: of `measure`.
        series: its name, such as `"image side"`.
        column: of the thing that grows, such as `"side"`.
    """
    ratio = ratios(rows, series)["keras"]
    sizes, ratio = ratio.index.get_level_values(column).to_numpy(), ratio.to_numpy()
    for index in range(1, len(sizes)):
        (small, large), (before, after) = np.log(sizes[index - 1 : index + 1]), np.log(ratio[index - 1 : index + 1])
        if before > 0 >= after:
            size = np.exp(small + (large - small) * before / (before - after))
            return f"Keras becomes faster than NumPy at {series} {size:.0f}."
    faster = "NumPy" if ratio.min() > 1 else "Keras" if ratio.max() <= 1 else "Now one, now the other"
    return f"{faster} is faster at every {series} from {sizes.min()} to {sizes.max()}."


def doubling(rows):
    """Return how the time of training grows where the number of images doubles, medians over the rounds."""
    frame = pandas.DataFrame(rows)
    frame = frame[frame["series"] == "number of images"]
    frame = frame.assign(seconds=frame["microseconds_per_image"] * frame["n_images"] / 1e6)
    table = frame.pivot_table(index="round", columns=["contender", "n_images"], values="seconds", sort=False)
    lines = [("contender", "images", "seconds", "against half as many")]
    for contender in table.columns.unique(level="contender"):
        own = table[contender]
        for count in own:
            against = f"{(own[count] / own[count // 2]).median():.2f}x" if count // 2 in own else ""
            lines.append((contender, f"{count:,}", f"{own[count].median():.3f}", against))
    return "\n".join(markdown(lines))


def memory_table(peaks):
    """Return the peak memory by workload and contender, and how much of it is the images.

    Args:
        peaks: rows (workload, contender, MB).
    """
    lines = [("workload", "contender", "peak MB", "of it images")]
    for workload, contender, peak in peaks:
        images = workload.n_images * workload.side**2 * 4 / 2**20
        lines.append((words(workload), contender.name, f"{peak:,.0f}", f"{images:,.0f}"))
    return "\n".join(markdown(lines))


def words(workload):
    """Return a workload as the tables name it."""
    return (
        f"{workload.n_images:,} images, side {workload.side}, {workload.filters} filters, "
        f"batch size {workload.batch_size}"
    )


def draw(rows, path):
    """Draw microseconds an image against batch size, on log scales, to `path`."""
    from matplotlib.figure import Figure

    summary = summarise(rows)
    summary = summary[summary["series"] == "batch size"]
    figure = Figure(figsize=(7, 4.6), layout="constrained")
    axes = figure.subplots()
    for shade, (contender, own) in enumerate(summary.groupby("contender", sort=False)):
        spread = [own["median"] - own["min"], own["max"] - own["median"]]
        axes.errorbar(
            own["batch_size"],
            own["median"],
            spread,
            fmt=LINES[contender],
            color=["#000000", "#E69F00", "#0072B2", "#999999", "#D55E00"][shade],
            capsize=3,
            label=contender,
        )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    sizes = sorted(summary["batch_size"].unique())
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set_xlabel("batch size")
    axes.set_ylabel("microseconds an image, training")
    axes.set_title("simple_cnn, median of all rounds; bars from the fastest to the slowest", fontsize=10)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=120)
