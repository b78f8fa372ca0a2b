"""The accuracy table of a run, made from its records."""

from pathlib import Path

from harness.results import read_config, read_epochs


def accuracy_table(epochs, config):
    """Return one row per model, as a Markdown table under a line that says what was run.

    Accuracy, macro-F1 and loss are those of the test images after the last epoch, seconds those of training, per epoch.
    Several seeds are averaged. The last column says how many times faster a model trains than the slowest one.

    Args:
        epochs: a DataFrame with the columns of `epochs.csv`.
        config: a dictionary as in `config.json`.
    """
    rows = [("model", "accuracy", "macro-F1", "loss", "seconds per epoch", "speed")]
    seconds = epochs.groupby("model")["wall_seconds"].mean()
    for model in [model for model in config["models"] if model in seconds.index]:
        own = epochs[epochs["model"] == model]
        last = own[own["epoch"] == own.groupby("seed")["epoch"].transform("max")]
        rows.append(
            (
                model,
                f"{last['test_accuracy'].mean():.4f}",
                f"{last['test_macro_f1'].mean():.4f}",
                f"{last['test_loss'].mean():.4f}",
                f"{seconds[model]:.2f}",
                f"{seconds.max() / seconds[model]:.1f}x",
            )
        )
    return "\n".join([describe(config), "", *markdown(rows), "", *notes(epochs, config)])


def describe(config):
    """Return the line that says what was run."""
    seeds = config["seeds"]
    which = f"seed {seeds[0]}" if len(seeds) == 1 else f"means over the seeds {', '.join(map(str, seeds))}"
    return (
        f"{config['dataset']}, {config['experiment']}: {config['epochs']} epochs, batch size {config['batch_size']}, "
        f"learning rate {config['learning_rate']:g}, "
        f"{config['n_train']:,} training and {config['n_test']:,} test images, "
        f"{which}"
    )


def notes(epochs, config):
    """Return what a reader of the table must know: the limit, and models that did not finish."""
    lines = []
    if config["limit"] is not None:
        lines.append(f"Limited to the first {config['limit']:,} images: not a full run.")
    for model in config["models"]:
        for seed in config["seeds"]:
            finished = len(epochs[(epochs["model"] == model) & (epochs["seed"] == seed)])
            if finished < config["epochs"]:
                lines.append(f"Incomplete: {model} with seed {seed} finished {finished} of {config['epochs']} epochs.")
    threads = config["threads"]
    used = "as many as each library chooses" if threads is None else f"{threads} for each library"
    lines.append(
        f"Speed is against the slowest model here. Keras trains with plain `fit`. Threads: {used}, one for BLAS."
    )
    return lines


def markdown(rows):
    """Return rows of text, the first the heading, as the lines of a Markdown table; numbers stand to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def line(row):
        name, *numbers = zip(row, widths, strict=True)
        cells = [name[0].ljust(name[1]), *(number.rjust(width) for number, width in numbers)]
        return "| " + " | ".join(cells) + " |"

    rule = "|" + "|".join(["-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:])]) + "|"
    return [line(rows[0]), rule, *(line(row) for row in rows[1:])]


def table_of_run(path):
    """Return the accuracy table of a run's folder."""
    return accuracy_table(read_epochs(Path(path)), read_config(Path(path)))
