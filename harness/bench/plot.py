"""A plot of what was measured."""

from harness.bench.report import summarise

# Different in markers and lines, as colours are not in print: marker and line, and colour.
STYLES = {
    "numpy": ("o-", "#000000"),
    "keras": ("^--", "#C46200"),
    "keras-tuned": ("s-.", "#0072B2"),
    "keras-jax": ("v--", "#882288"),
    "keras-torch": ("<--", "#444400"),
    "blas": ("x:", "#777777"),
    "published-loops": ("P", "#882255"),
    "naive": ("D", "#009E73"),
}


def draw(rows, path) -> None:
    """Draw microseconds an image of training against batch size, on log scales, to `path`."""
    from matplotlib.figure import Figure

    summary = summarise(rows)
    summary = summary[summary["series"] == "batch size"]
    figure = Figure(figsize=(7.5, 5), layout="constrained")
    axes = figure.subplots()
    for contender, (marks, color) in STYLES.items():
        own = summary[summary["contender"] == contender]
        if own.empty:
            continue
        spread = [own["median"] - own["min"], own["max"] - own["median"]]
        axes.errorbar(own["batch_size"], own["median"], spread, fmt=marks, color=color, capsize=3, label=contender)
        if contender == "keras":
            total = own["median"] + own["waiting"]
            axes.errorbar(
                own["batch_size"], total, fmt="^:", color=color, fillstyle="none", label="keras, with waiting"
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
