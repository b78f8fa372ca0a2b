"""Tables of what was measured."""

import pandas

from harness.base.markdown import markdown

# What grows along the rows of a series.
GROWS = {"batch size": "batch_size", "prediction": "batch_size", "image side": "side", "filters": "filters"}

WAITING = (
    "Waiting, in µs an image, is what a call of Keras takes after its last step, and is not in the columns before it. "
    "It is no fixed share: the call often returns only at the next tick of the input pipeline's autotuner, and each "
    "tick is twice as long after the last, up to a minute."
)


def summarise(rows: list) -> pandas.DataFrame:
    """Return median, smallest and largest microseconds an image, and those of waiting, by workload and contender."""
    keys = ["series", "task", "batch_size", "n_images", "side", "filters", "contender", "setting"]
    return (
        pandas.DataFrame(rows)
        .groupby(keys, sort=False)
        .agg(
            median=("microseconds_per_image", "median"),
            min=("microseconds_per_image", "min"),
            max=("microseconds_per_image", "max"),
            waiting=("waiting_microseconds_per_image", "median"),
            turns=("round", "count"),
        )
        .reset_index()
    )


def ratios_by_round(rows: list, series: str) -> pandas.DataFrame:
    """Return, by what grows and round, the time of each contender against that of `numpy` beside it."""
    frame = pandas.DataFrame(rows)
    frame = frame[frame["series"] == series]
    table = frame.pivot_table(
        index=[GROWS[series], "round"], columns="contender", values="microseconds_per_image", sort=False
    )
    return table.div(table["numpy"], axis=0)


def table_of(rows: list, series: str) -> str:
    """Return microseconds an image of one series, by what grows and contender, with the ratio of each to `numpy`.

    The ratio is the median over the rounds of times side by side.
    """
    column = GROWS[series]
    summary = summarise(rows)
    ratio = ratios_by_round(rows, series).groupby(level=column, sort=False).median()
    name = column.replace("_", " ")
    lines = [(name, "contender", "µs an image", "from", "to", "against numpy", "waiting", "how")]
    for row in summary[summary["series"] == series].itertuples():
        against = ratio.loc[getattr(row, column), row.contender]
        lines.append(
            (
                f"{getattr(row, column)}",
                row.contender,
                f"{row.median:,.0f}",
                f"{row.min:,.0f}",
                f"{row.max:,.0f}",
                f"{against:.2f}x",
                f"{row.waiting:,.0f}" if row.waiting else "",
                row.setting,
            )
        )
    return "\n".join(markdown(lines, n_names=2))


def settings_table(rows: list, task: str) -> str:
    """Return microseconds an image of all settings of Keras that were tried, by batch size."""
    summary = summarise(rows)
    lines = [("batch size", "setting", "µs an image", "turns")]
    for row in summary[summary["series"] == f"settings, {task}"].itertuples():
        lines.append((f"{row.batch_size}", row.setting, f"{row.median:,.0f}", f"{row.turns}"))
    return "\n".join(markdown(lines, n_names=2))


def epoch_sentence(rows: list) -> str:
    """Return how long the published loops take for an epoch of 60,000 images, and how much longer than Keras."""
    frame = pandas.DataFrame(rows)
    frame = frame[(frame["series"] == "batch size") & (frame["batch_size"] == 1)]
    own = frame[frame["contender"] == "published-loops"]["microseconds_per_image"] * 60_000 / 60e6
    ratios = ratios_by_round(rows, "batch size").loc[1]
    ratio = (ratios["published-loops"] / ratios["keras"]).median()
    return (
        f"An epoch of 60,000 images takes the published loops {own.median():.0f} minutes (from {own.min():.0f} to "
        f"{own.max():.0f}): {ratio:.1f} times as long as the steps of `keras`."
    )


def doubling(rows: list) -> str:
    """Return how the time of training grows where the number of images doubles, medians over the rounds."""
    frame = pandas.DataFrame(rows)
    frame = frame[frame["series"] == "number of images"]
    for name, column in (("seconds", ""), ("waiting", "waiting_")):
        frame = frame.assign(**{name: frame[f"{column}microseconds_per_image"] * frame["n_images"] / 1e6})
    index = {"index": "round", "columns": ["contender", "n_images"], "sort": False}
    seconds, waiting = (frame.pivot_table(values=name, **index) for name in ("seconds", "waiting"))
    lines = [("contender", "images", "seconds", "against half as many", "waiting")]
    for contender, count in seconds.columns:
        own = seconds[contender]
        against = f"{(own[count] / own[count // 2]).median():.2f}x" if count // 2 in own else ""
        wait = waiting[contender][count].median()
        lines.append((contender, f"{count:,}", f"{own[count].median():.3f}", against, f"{wait:.3f}" if wait else ""))
    return "\n".join(markdown(lines))


def memory_table(peaks):
    """Return the peak memory by workload and contender, and how much of it is the images.

    Args:
        peaks: rows (workload, contender, MB).
    """
    lines = [("workload", "contender", "peak MB", "of it images")]
    for workload, contender, peak in peaks:
        images = workload.n_images * workload.side**2 * 4 / 2**20
        words = f"{workload.n_images:,} images, batch size {workload.batch_size}"
        lines.append((words, contender.name, f"{peak:,.0f}", f"{images:,.0f}"))
    return "\n".join(markdown(lines, n_names=2))


def whole_report(rows, peaks):
    """Return all tables, with their headings.

    Args:
        rows: of `measure`.
        peaks: of `peak_memory`.
    """
    from harness.bench.crossing import crossing

    series = {row["series"] for row in rows}
    has_loops = any(row["contender"] == "published-loops" for row in rows)
    return "\n\n".join(
        [
            "Training, by batch size",
            table_of(rows, "batch size"),
            WAITING,
            *([epoch_sentence(rows)] if has_loops else []),
            "Prediction, by batch size",
            table_of(rows, "prediction"),
            "Training, by image side",
            table_of(rows, "image side"),
            crossing(rows, "image side"),
            *(
                ["Training, by number of filters", table_of(rows, "filters"), crossing(rows, "filters")]
                if "filters" in series
                else []
            ),
            "Training, by number of images",
            doubling(rows),
            "Settings of Keras that were tried for training",
            settings_table(rows, "train"),
            "Settings of Keras that were tried for prediction",
            settings_table(rows, "predict"),
            "Peak memory of a process that trains",
            memory_table(peaks),
        ]
    )
