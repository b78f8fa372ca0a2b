"""How much longer a run takes, from the epochs that it has done. Nothing is known of a model before its first."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.experiments.run_config import RunConfig
    from harness.training.records import EpochRecord


def time_left(config: RunConfig, records: list[EpochRecord]) -> str:
    """Return in words how much longer a run takes after the last of these epochs; "" once it is done.

    Each epoch to come is taken to last as long as the median of the same model's so far, scoring and waiting included.
    """
    left, seconds = epochs_left(config, records), {}
    for model in left:
        own = [record for record in records if record.model == model]
        if own:
            seconds[model] = median(each.wall_seconds + each.waiting_seconds + each.eval_seconds for each in own)
    unknown = [model for model in left if model not in seconds]
    known = sum(seconds[model] * left[model] for model in seconds)
    if unknown:
        later = f"{' and '.join(unknown)} to come"
        return f"at least {duration_text(known)} left, and {later}" if known else later
    return f"about {duration_text(known)} left" if known else ""


def epochs_left(config: RunConfig, records: list[EpochRecord]) -> Counter:
    """Return how many epochs of each model are to come: of the last record's training, and of those after it."""
    last = records[-1]
    trainings = [(model, seed) for seed in config.seeds for model in config.model_names]
    later = trainings[trainings.index((last.model, last.seed)) + 1 :]
    done = Counter((record.model, record.seed) for record in records)
    left = Counter({last.model: config.epochs - last.epoch})
    for training in later:
        left[training[0]] += config.epochs - done[training]
    return +left


def duration_text(seconds: float) -> str:
    """Return a duration in words, such as "40 s", "3 min" or "2.5 h".

    >>> duration_text(0.2), duration_text(200), duration_text(9000)
    ('1 s', '4 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{-(-seconds // 60):.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
