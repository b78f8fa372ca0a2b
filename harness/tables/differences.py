"""How far models of a study are apart, paired by seed."""

from harness import statistics
from harness.tables.markdown import markdown
from harness.tables.numbers import interval_text, mean_text, p_text, seeds_text

HEADING = ("difference", "of", "seeds", "mean", "95 % interval", "largest", "p")
COLUMNS = {"accuracy": "test_accuracy", "macro-F1": "test_macro_f1", "loss": "test_loss"}


def differences_table(study):
    """Return a Markdown table of the differences of all models from the first, or "" for fewer than two seeds.

    Every difference is one of two trainings with the same seed, after the last epoch. `p` is that of a two-sided
    sign-flip test: how often differences as large on average would come about if their signs were chance.
    """
    rows = rows_of(study)
    if not rows:
        return ""
    return "\n".join([*markdown([HEADING, *rows], n_names=2), "", smallest_p_note(numbers_of_pairs([study]))])


def rows_of(study):
    """Return a row for each measure of every model but the first, if it has two seeds in common with that."""
    return [
        (name, measure, seeds_text(differences.index), *cells_of(differences[column]))
        for name, differences in differences_of(study).items()
        for measure, column in COLUMNS.items()
    ]


def differences_of(study):
    """Return the paired differences of every model from the first, by name, for those with two seeds or more."""
    first, *others = study.config["models"]
    by_name = {f"{other} - {first}": paired_differences(study.at_end(other), study.at_end(first)) for other in others}
    return {name: differences for name, differences in by_name.items() if len(differences) > 1}


def paired_differences(rows, others):
    """Return the differences of two tables by seed, for the seeds that are in both."""
    seeds = rows.index.intersection(others.index)
    return rows.loc[seeds, list(COLUMNS.values())] - others.loc[seeds, list(COLUMNS.values())]


def cells_of(differences):
    """Return mean, interval, largest and p of paired differences, as text."""
    return (
        mean_text(differences),
        interval_text(statistics.mean_interval, differences, signed=True),
        f"{differences.abs().max():.4f}",
        p_text(differences),
    )


def numbers_of_pairs(studies):
    """Return how many seeds the differences of the studies are over, each number once."""
    return {len(differences) for study in studies for differences in differences_of(study).values()}


def smallest_p_note(numbers):
    """Return how small p can be with so many pairs."""
    least = ", ".join(f"{statistics.smallest_p(n):.2g} of {n} pairs" for n in sorted(numbers))
    return f"p is from a two-sided sign-flip test, which cannot give less than {least}."
