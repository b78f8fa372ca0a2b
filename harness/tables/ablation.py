"""What single changes of an experiment do, paired by seed."""

from harness import statistics
from harness.experiments import EXPERIMENTS
from harness.tables.differences import paired_differences
from harness.tables.markdown import markdown
from harness.tables.numbers import interval_text, mean_text, p_text, seeds_text


def ablation_tables(studies, varied=()):
    """Return a Markdown table for every experiment among the studies that has variants there, as a list of text.

    Args:
        studies: the studies of a folder. A variant is held against the study of its experiment that has the same data
            set and settings.
        varied: names of settings in which studies of one experiment differ, for the titles. Default none.
    """
    tables = []
    for base in studies:
        variants = [study for study in studies if is_variant(study, base)]
        if variants:
            name = base.config["experiment"]
            settings = "".join(f", {name.replace('_', ' ')} {base.config[name] or 'none'}" for name in varied)
            title = f"{base.config['dataset']}{settings}: what changes of {name} do, against {name} with the same seeds"
            tables.append("\n".join([title, "", *markdown(rows_of(base, variants), n_names=2)]))
    return tables


def is_variant(study, base):
    """Return whether a study is one of a variant of the base's experiment, and otherwise like it."""
    experiment = EXPERIMENTS.get(study.config["experiment"])
    names = ("dataset", "sha256", "limit", "epochs", "batch_size", "learning_rate")
    same = all(study.config.get(name) == base.config.get(name) for name in names)
    return same and experiment is not None and experiment.variant_of == base.config["experiment"]


def rows_of(base, variants):
    """Return heading and rows: of every model the base, then its variants."""
    rows = [("model", "experiment", "seeds", "accuracy", "macro-F1", "accuracy - base", "95 % interval", "p")]
    for model in base.config["models"]:
        for study in [base, *variants]:
            if model not in study.config["models"]:
                continue
            end = study.at_end(model)
            cells = ("", "", "") if study is base else difference_cells(end, base.at_end(model))
            scores = (mean_text(end["test_accuracy"]), mean_text(end["test_macro_f1"]))
            rows.append((model, study.config["experiment"], seeds_text(end.index), *scores, *cells))
    return rows


def difference_cells(rows, base_rows):
    """Return mean, interval and p of the differences in accuracy."""
    differences = paired_differences(rows, base_rows)["test_accuracy"]
    return (
        mean_text(differences) if len(differences) else "no common seed",
        interval_text(statistics.mean_interval, differences, signed=True),
        p_text(differences),
    )
