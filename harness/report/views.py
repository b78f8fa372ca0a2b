"""What the template shows of each chapter, by name."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.base.numbers import seeds_text
from harness.base.text import one_line
from harness.experiments import base_of
from harness.report import agreement, classes, fairness, kernels, scores
from harness.report.answer import answer_of
from harness.report.charts.curves import curves
from harness.report.charts.f1 import f1_chart
from harness.report.charts.seeds import seeds_charts
from harness.report.charts.times import times_chart
from harness.report.pictures import png_address, smaller
from harness.report.scored_images import scored_images
from harness.report.status import status_of
from harness.results.config_checks import is_text
from harness.results.waiting import how_keras_trained
from harness.summaries.model_styles import styles_for

if TYPE_CHECKING:
    from harness.datasets.dataset import Dataset
    from harness.report.agreement import Agreement
    from harness.report.classes import Confusion
    from harness.report.scores import Table
    from harness.report.sources import Chapter
    from harness.results.reading import Run

MOST_SETTINGS = 300
MOST_SWITCHED_SEEDS = 24
MOST_SAMPLES = 20


def view_of(chapter: Chapter, number: int, dataset: Dataset | None, data_dir) -> dict:
    """Return all that the template shows of a chapter, by name."""
    styles = styles_for(chapter.models)
    agreed = agreement.agreement_of(chapter)
    confusions = classes.confusions_of(chapter)
    f1 = classes.f1_rows(confusions, chapter.class_names)
    layers, kernel_seed, no_kernels = kernels.kernels_of(chapter)
    pictures, no_pictures = pictures_of(chapter, agreed, dataset, data_dir)
    experiment = base_of(chapter.config)
    settings = fairness.settings_of(chapter)
    return {
        "id": f"c{number}",
        "title": f"{chapter.config['dataset']}, {chapter.config['experiment']}",
        "config": chapter.config,
        "experiment": experiment.summary if experiment else "",
        "seeds": one_line(seeds_text(chapter.config["seeds"]), 100),
        "models": chapter.models,
        "styles": styles,
        "status": status_of(chapter),
        "answer": answer_of(chapter, agreed),
        "scores": scores.scores_table(chapter.study),
        "differences": scores.differences_table(chapter.study),
        "published": scores.published_table(chapter.study),
        "seeds_charts": seeds_charts(chapter, styles),
        "curves": curves(chapter, styles),
        "times": times_chart(chapter, styles),
        "epochs": scores.epochs_table(chapter.epochs),
        "switched_seeds": switched_seeds(chapter),
        "f1": f1_chart(f1, styles),
        "f1_table": scores.f1_table(f1) if f1 else None,
        "confusion": confusion_view(confusions, chapter.class_names),
        "mix_ups": mix_ups_table(confusions, chapter.class_names),
        "agreement": agreed,
        "pictures": pictures,
        "no_pictures": no_pictures,
        "kernels": layers,
        "kernel_seed": kernel_seed,
        "no_kernels": no_kernels,
        "settings": settings,
        "unlike": {
            touched: [fact.name for fact in settings if fact.is_known and fact.differs and fact.touches == touched]
            for touched in ("scores", "seconds")
        },
        "how_keras_trained": how_keras_trained(chapter.epochs),
        "times_card": fairness.times_of(chapter),
        "unequal": fairness.unequal_environments(chapter),
        "samples": samples_of(chapter),
        "runs": [
            run_view(run, environment) for run, environment in zip(chapter.runs, chapter.environments, strict=True)
        ],
    }


def pictures_of(chapter: Chapter, agreed: Agreement | None, dataset: Dataset | None, data_dir) -> tuple:
    """Return pictures that two models disagree on, by who is right, and why there are none."""
    if agreed is None:
        return {}, "No two models have predictions of the same images from one seed."
    images, reason = scored_images(chapter.config, agreed.labels, dataset, data_dir)
    if images is None:
        return {}, reason
    return agreement.picture_groups(agreed, images, chapter.class_names), None


def switched_seeds(chapter: Chapter) -> list[int]:
    """Return the seeds that a reader can switch off: none if there is but one, or too many."""
    seeds = sorted(int(seed) for seed in chapter.epochs["seed"].unique())
    return seeds if 1 < len(seeds) <= MOST_SWITCHED_SEEDS else []


def confusion_view(confusions: list[Confusion], class_names: list[str]) -> dict | None:
    """Return the matrices and what a browser needs to add them up anew, or `None` where there are too many classes."""
    if not confusions or len(class_names) > classes.MOST_MATRIX_CLASSES:
        return None
    shown = confusions[: classes.MOST_MODELS]
    return {
        "names": class_names,
        "matrices": [{"model": item.model, "cells": classes.cells_of(item.shares)} for item in shown],
        "difference": classes.difference_cells(shown[0].shares, shown[1].shares) if len(shown) > 1 else None,
        "counts": {
            "names": class_names,
            "models": [
                {"model": item.model, "seeds": list(counts), "counts": [matrix.tolist() for matrix in counts.values()]}
                for item in shown
                for counts in [item.counts if len(item.counts) <= MOST_SWITCHED_SEEDS else {-1: item.total}]
            ],
        },
    }


def mix_ups_table(confusions: list[Confusion], class_names: list[str]) -> Table | None:
    """Return the table of classes that are mixed up most, or `None`."""
    shown = confusions[: classes.MOST_MODELS]
    rows = [
        [class_names[true], class_names[answer], *(f"{100 * share:.1f} %" for share in shares)]
        for true, answer, shares in classes.mix_ups(shown)
    ]
    if not rows:
        return None
    heading = ["true class", "taken for", *(item.model for item in shown)]
    return scores.Table("What is mixed up most, as a share of the true class", heading, rows)


def samples_of(chapter: Chapter) -> list[dict[str, str]]:
    """Return one training image of each class: its address and its name."""
    samples = next((run.samples for run in chapter.runs if run.samples is not None), None)
    if samples is None:
        return []
    first = {label: index for index, label in reversed(list(enumerate(samples.labels.tolist())))}
    return [
        {"name": chapter.class_names[label], "address": png_address(smaller(samples.images[first[label]]))}
        for label in sorted(first)[:MOST_SAMPLES]
    ]


def run_view(run: Run, environment: dict[str, str]) -> dict:
    """Return what the page shows of one run's folder."""
    command = environment.get("command")
    return {
        "name": run.folder.resolve().name,
        "command": one_line(command, 2000) if is_text(command) else None,
        "config": list(flat(run.config))[:MOST_SETTINGS],
        "environment": list(flat(environment))[:MOST_SETTINGS],
    }


def flat(values: dict, path: str = "") -> Iterator:
    """Yield name and text of everything in a JSON value; lists of plain values stay on one line."""
    for name, value in values.items():
        where = f"{path}{name}"
        if isinstance(value, dict) and value:
            yield from flat(value, f"{where} · ")
        else:
            yield where, one_line(plain_text(value), 1000)


def plain_text(value: object) -> str:
    """Return a JSON value as text."""
    if isinstance(value, list) and all(not isinstance(inner, list | dict) for inner in value):
        return ", ".join(map(plain_text, value)) or "none"
    if value is None or value == {}:
        return "none"
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
