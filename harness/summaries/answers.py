"""The answer of a study in few words, always in one order: the network, the trained models, the speed."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from harness.base.command import flag_of
from harness.experiments import MODELS, base_of
from harness.summaries.comparison import comparisons_of, line_of
from harness.summaries.same_network import proof_text
from harness.summaries.speed import speed_text

if TYPE_CHECKING:
    from harness.results.studies import Study
    from harness.summaries.comparison import Comparison

MORE_SEEDS = "0..4"


def lines_of(study: Study) -> list[str]:
    """Return the answer as lines of text: what was proved, what the scores say, who is faster, and a footnote."""
    found = [comparison for comparison in comparisons_of(study).values() if comparison]
    lines = [*map(proof_text, study.proofs), *map(line_of, found), speed_text(study)]
    return [*filter(None, lines), *footnotes(study, found)]


def footnotes(study: Study, comparisons: list[Comparison]) -> list[str]:
    """Return what one seed cannot say and which command can, or nothing where several seeds are compared."""
    if len(study.config["models"]) == 1:
        return ["One seed has no interval; --seeds 0..4 gives one."] * (len(study.config["seeds"]) == 1)
    if not any(comparison.of_one_seed for comparison in comparisons):
        return []
    return [f"One seed cannot rank them, as another may reverse this. This can: {seeds_command(study.config)}"]


def seeds_command(config: dict) -> str:
    """Return the command that repeats a run with several seeds, from the run's `config.json`."""
    named = {name: value for name, value in config.get("resume", {}).items() if name != "code"}
    base = base_of(config)
    given = {
        "dataset": named.get("dataset", config["dataset"]),
        "experiment": named.get("experiment", config.get("based_on") or config["experiment"]),
        "network": named.get("network"),
        "optimizer": named.get("optimizer"),
        **{name: config[name] for name in ("epochs", "batch_size", "learning_rate", "limit")},
    }
    usual = {"experiment": "identical", "limit": None, "network": None, "optimizer": None}
    usual |= {name: getattr(base, name) for name in ("epochs", "batch_size", "learning_rate") if base}
    if "learning_rate" in (named.get("optimizer") or ""):
        del given["learning_rate"]  # the optimizer names it
    flags = [(name, value) for name, value in given.items() if name not in usual or value != usual[name]]
    words = [text for name, value in flags for text in (flag_of(name), str(value))]
    models = named.get("models", config["models"])
    words += [] if list(models) == list(MODELS[:2]) else ["--models", *models]
    return shlex.join(["python", "-m", "harness.run", *words, "--seeds", MORE_SEEDS])
