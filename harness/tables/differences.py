"""How far models of a study are apart, paired by seed."""

from harness import statistics
from harness.tables.markdown import markdown
from harness.tables.numbers import interval_text, mean_text, p_text, seeds_text

COLUMNS = {"accuracy": "test_accuracy", "macro-F1": "test_macro_f1", "loss": "test_loss"}


def differences_table(study):
    """Return a Markdown table of the differences of all models from the first, or "" for fewer than two seeds.

    Every difference is one of two trainings with the same seed, after the last epoch. `p` is that of a two-sided
    sign-flip test: how often differences as large on average would come about if their signs were chance.
    """
    first, *others = study.config["models"]
    rows = [("difference", "of", "seeds", "mean", "95 % interval", "largest", "p")]
    n_pairs = set()
    for other in others:
        differences = paired_differences(study.at_end(other), study.at_end(first))
        if len(differences) < 2:
            continue
        n_pairs.add(len(differences))
        for name, column in COLUMNS.items():
            rows.append((f"{other} - {first}", name, seeds_text(differences.index), *cells_of(differences[column])))
    if len(rows) == 1:
        return ""
    return "\n".join([*markdown(rows, n_names=2), "", *(smallest_p_note(n) for n in sorted(n_pairs))])


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


def smallest_p_note(n):
    """Return how small p can be."""
    return f"p is from a sign-flip test over {n} pairs, which cannot give less than {statistics.smallest_p(n):.3g}."
