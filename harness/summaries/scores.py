"""How well and how fast every model of a study trains, as cells of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.base import statistics
from harness.base.numbers import interval_text, mean_text, seeds_text, why_no_interval
from harness.base.user_code import short_name
from harness.results.waiting import how_keras_trained

if TYPE_CHECKING:
    from harness.results.studies import Study

# By the name of their column in tables, their column in `epochs.csv`.
MEASURES = {
    "accuracy": "test_accuracy",
    "macro-F1": "test_macro_f1",
    "loss": "test_loss",
    "training loss": "train_loss",
}


def scores_of(study: Study, model: str) -> dict[str, str]:
    """Return the cells of a model but for its speed, by column name."""
    complete = study.at_end(model)
    partial = {} if len(complete) else last_of_partial(study, model)
    # A training that was cut off stands alone, marked, where there is no complete one.
    end, mark = (partial["rows"], partial["mark"]) if partial else (complete, "")
    row = {"model": model + mark}
    if study.config["n_parameters"]:
        n = study.config["n_parameters"].get(model)
        row["parameters"] = "-" if n is None else f"{n:,}"
    row["seeds"] = seeds_text(end.index)
    several = len(study.config["seeds"]) > 1
    for name, column in MEASURES.items():
        row[name] = mean_text(end[column])
        if several and column == "test_accuracy":
            values = end[column]
            row["95 % interval"] = why_no_interval(values) or interval_text(*statistics.mean_interval(values))
    return row


def last_of_partial(study: Study, model: str) -> dict:
    """Return the last row of the first training of a model that was cut off, and its mark; nothing if there is none."""
    rows = study.epochs[study.epochs["model"] == model].set_index("seed")
    if rows.empty:
        return {}
    first = rows.loc[[rows.index[0]]].tail(1)
    return {"rows": first, "mark": f" (epoch {int(first['epoch'].iloc[0])} of {study.config['epochs']})"}


def speed_of(study: Study, model: str) -> dict[str, str]:
    """Return the cells for seconds and speed of a model."""
    seconds = study.epochs.groupby("model")["wall_seconds"].median().dropna()
    if model not in seconds.index:
        return {"seconds per epoch": "-", "images a second": "-", "speed": "-"}
    own = seconds[model]
    cells = {"seconds per epoch": f"{own:.2f}", "images a second": "-", "speed": "-"}
    if own > 0:  # of no time at all, or none on record, there is no speed
        cells |= {"images a second": f"{study.config['n_train'] / own:,.0f}", "speed": f"{seconds.max() / own:.1f}x"}
    return cells


def rows_of(study: Study) -> list[dict[str, str]]:
    """Return the cells of every model by column name, in the order of the run."""
    return [scores_of(study, model) | speed_of(study, model) for model in study.config["models"]]


def describe(study: Study) -> str:
    """Return the line that says what was run."""
    config = study.config
    return (
        f"{config['dataset']}, {config['experiment']}: {count(config['epochs'], 'epoch')}, "
        f"batch size {config['batch_size']}, learning rate {config['learning_rate']:g}, "
        f"{config['n_train']:,} training and {config['n_test']:,} test images, "
        f"seed{'s' if len(config['seeds']) > 1 else ''} {seeds_text(config['seeds'])}"
    )


def name_of_loss(config: dict) -> str:
    """Return the loss that a run was trained with, for titles: another than the experiment's is named by its run."""
    return short_name(config["loss"]).replace("_", " ") if config.get("loss") else "cross-entropy"


def count(n: int, noun: str) -> str:
    """Return "1 epoch" or "3 epochs"."""
    return f"{n} {noun}{'s' if n != 1 else ''}"


def notes(study: Study) -> list[str]:
    """Return what a reader of the table must know."""
    config = study.config
    lines = special_notes(study)
    used = " or ".join("as many as each library chooses" if n is None else str(n) for n in config["threads"])
    keras = how_keras_trained(study.epochs)
    lines.append(f"Speed is against the slowest model here. {keras}{' ' * bool(keras)}Threads: {used}; one for BLAS.")
    return lines


def special_notes(study: Study) -> list[str]:
    """Return what sets this study apart: the limit, absent classes, and trainings that failed or were done twice."""
    config = study.config
    lines = []
    if config["limit"] is not None:
        lines.append(f"Limited to the first {config['limit']:,} images: not a full run.")
    for (model, seed), error in study.failures.items():
        lines.append(f"Failed: {model}{'' if seed is None else f' with seed {seed}'}: {error}")
    for model, seed, finished in study.partial_trainings():
        lines.append(
            f"Incomplete: {model} with seed {seed} finished {finished} of {count(config['epochs'], 'epoch')}; "
            "it is in no mean."
        )
    return [*lines, *classes_without_test_images(study), *study.notes]


def classes_without_test_images(study: Study) -> list[str]:
    """Return a line about classes that no test image is of: they count in the macro-F1, with an F1 of 0."""
    if not study.predictions:
        return []
    names = study.config["class_names"]
    present = set(next(iter(study.predictions.values())).labels.tolist())
    absent = [str(name) for number, name in enumerate(names) if number not in present]
    if not absent:
        return []
    which = ", ".join(absent[:10]) + ", ..." * (len(absent) > 10)
    return [
        f"No test image is of class {which}: its F1 is 0, and no macro-F1 above {len(present) / len(names):.4f} is "
        "possible."
    ]
