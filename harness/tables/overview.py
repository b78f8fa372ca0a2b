"""Many studies in few tables."""

from harness.experiments import EXPERIMENTS
from harness.tables import ablation, accuracy, differences, published
from harness.tables.markdown import markdown


def overview(studies):
    """Return tables over all studies: scores, differences between models, published values, what changes do, notes.

    Seconds are left out: studies were made at different times, perhaps on different machines.
    """
    studies = sorted(studies, key=place_of)
    scores = [
        (study.config["dataset"], study.config["experiment"], accuracy.scores_of(study, model))
        for study in studies
        for model in study.config["models"]
    ]
    names = list(dict.fromkeys(name for *_, row in scores for name in row))
    tables = [
        table(
            ("data set", "experiment", *names), [(*where, *(row.get(n, "") for n in names)) for *where, row in scores]
        ),
        table(("data set", "experiment", *differences.HEADING), below(studies, differences.rows_of)),
        table(("data set", "experiment", *published.HEADING), below(studies, published.rows_of)),
        *ablation.ablation_tables(studies),
        "\n".join(notes(studies)),
    ]
    return "\n\n".join(text for text in tables if text)


def place_of(study):
    """Return what studies are sorted by: experiments as they are listed, then data sets."""
    name, names = study.config["experiment"], list(EXPERIMENTS)
    return (names.index(name) if name in names else len(names), name, study.config["dataset"])


def table(heading, rows):
    """Return a table of studies, or "" without rows."""
    return "\n".join(markdown([heading, *rows], n_names=3)) if rows else ""


def below(studies, rows_of):
    """Return the rows of all studies, each behind its data set and experiment."""
    return [(study.config["dataset"], study.config["experiment"], *row) for study in studies for row in rows_of(study)]


def notes(studies):
    """Return what a reader must know of single studies, and how small a p value can be."""
    lines = [
        f"{study.config['dataset']}, {study.config['experiment']}: {line}"
        for study in studies
        for line in accuracy.special_notes(study)
    ]
    if numbers := differences.numbers_of_pairs(studies):
        lines.append(differences.smallest_p_note(numbers))
    return lines
