"""What is compared of two runs, and by how much it may be worse: `METRIC:TOLERANCE`."""

import math
from dataclasses import dataclass

from harness.base.checks import check_name
from harness.base.errors import UsageError


@dataclass(frozen=True)
class Metric:
    """One number of a training.

    Attributes:
        title: as a table names it.
        column: of `epochs.csv`.
        higher_is_better: or lower.
        digits: behind the point in a table. Default 4.
    """

    title: str
    column: str
    higher_is_better: bool
    digits: int = 4


SECONDS = Metric("seconds per epoch", "wall_seconds", higher_is_better=False, digits=3)

# Those that `--fail` takes, by the name that it takes.
GATED = {
    "accuracy": Metric("accuracy", "test_accuracy", higher_is_better=True),
    "macro_f1": Metric("macro-F1", "test_macro_f1", higher_is_better=True),
    "loss": Metric("test loss", "test_loss", higher_is_better=False),
    "seconds": SECONDS,
}

TRAINING_LOSS = Metric("training loss", "train_loss", higher_is_better=False)
SHOWN = (GATED["accuracy"], GATED["macro_f1"], GATED["loss"], TRAINING_LOSS, SECONDS)


@dataclass(frozen=True)
class Rule:
    """What is tolerated in one metric.

    Attributes:
        metric: the `Metric`.
        tolerance: in the unit of the metric, or in per cent of A's value.
        in_percent: which of the two.
        text: as it was written.
    """

    metric: Metric
    tolerance: float
    in_percent: bool
    text: str

    def breaks(self, in_a: float, in_b: float) -> bool:
        """Return whether B's value is not finite, or is worse than A's by more than is tolerated."""
        worse_by = in_a - in_b if self.metric.higher_is_better else in_b - in_a
        allowed = self.tolerance / 100 * abs(in_a) if self.in_percent else self.tolerance
        # 0.885 - 0.88 is 0.0050000000000000044, and no more than 0.005.
        same = math.isclose(worse_by, allowed, rel_tol=1e-9, abs_tol=1e-12)
        return not math.isfinite(in_b) or (worse_by > allowed and not same)


def rule_from(text: str) -> Rule:
    """Return the `Rule` that is written as METRIC:TOLERANCE.

    Raises:
        UsageError: for an unknown metric, or a tolerance that is not a finite number of at least 0.
    """
    name, colon, tolerance = text.partition(":")
    if not colon:
        raise UsageError(
            f"--fail got {text!r}; allowed is METRIC:TOLERANCE, with one of the metrics {', '.join(GATED)}; write it "
            "like accuracy:0.005, and the two folders before --fail"
        )
    check_name("metric", name, GATED)
    in_percent = name == "seconds" and tolerance.endswith("%")
    try:
        number = float(tolerance.removesuffix("%") if in_percent else tolerance)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        example = "seconds:1.5 or, in per cent of A's, seconds:10%" if name == "seconds" else f"{name}:0.005"
        raise UsageError(
            f"the tolerance of {name} is {tolerance!r}; allowed is a finite number of at least 0; write {example}"
        )
    return Rule(GATED[name], number, in_percent, text)
