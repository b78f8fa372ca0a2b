"""The table: each library at its fastest, and how many times as fast `numpy` is."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas

from harness.base.markdown import markdown
from harness.base.statistics import median_interval
from harness.bench.peers.plan import Comparison
from harness.bench.peers.rounds import side_of

HEADING = (
    "network and batch size", "numpy", "alone", "Keras", "PyTorch", "JAX",
    "against Keras", "goal", "against PyTorch", "goal", "numpy against BLAS",
)  # fmt: skip

EXPLANATION = """\
Microseconds an image, medians over the rounds, of each library at its fastest: with the setting that has the smallest
median, which stands below. `alone` is `numpy` in one process. A ratio is the time of the other library divided by that
of `numpy` in the same round: the median over the rounds, and a 95 % interval of it from their order. `numpy against
BLAS` is the time of `numpy` divided by that of its matrix products alone."""


@dataclass(frozen=True)
class Fastest:
    """The fastest setting of a library at a comparison.

    Attributes:
        times: µs an image, by round.
        setting: in words.
        batch_size: images a step.
    """

    times: pandas.Series
    setting: str
    batch_size: int


def report_of(rows: list[dict], comparisons: Sequence[Comparison]) -> str:
    """Return the table, and the settings that are in it.

    Args:
        rows: of `measure`, for all comparisons.
        comparisons: in the order of the table.
    """
    frame = pandas.DataFrame(rows)
    found = {one.title: fastest_of(frame[frame["series"] == one.title]) for one in comparisons}
    lines = [HEADING, *(cells_of(one, found[one.title]) for one in comparisons)]
    settings = [("network and batch size", "library", "batch size", "fastest setting")]
    for title, sides in found.items():
        for side in ("numpy", "keras", "pytorch", "jax"):
            if side in sides:
                settings.append((title, side, f"{sides[side].batch_size}", sides[side].setting))
    return "\n\n".join(["\n".join(markdown(lines)), EXPLANATION, "\n".join(markdown(settings, n_names=4))])


def fastest_of(frame: pandas.DataFrame) -> dict[str, Fastest]:
    """Return the fastest setting of each side, by median, among those that took all rounds.

    Args:
        frame: the rows of one comparison.
    """
    found, n_rounds = {}, frame["round"].max()
    for (name, setting, batch_size), own in frame.groupby(["contender", "setting", "batch_size"], sort=False):
        times = own.set_index("round")["microseconds_per_image"]
        side = side_of(name)
        if len(times) == n_rounds and (side not in found or times.median() < found[side].times.median()):
            found[side] = Fastest(times, setting, batch_size)
    return found


def cells_of(comparison: Comparison, sides: dict[str, Fastest]) -> tuple[str, ...]:
    """Return a row of the table."""

    def time(side: str) -> str:
        return f"{sides[side].times.median():,.0f}" if side in sides else ""

    def ratio(side: str, other: str) -> str:
        return ratio_words(sides[side].times / sides[other].times) if side in sides else ""

    return (
        comparison.title,
        *map(time, ("numpy", "numpy-alone", "keras", "pytorch", "jax")),
        ratio("keras", "numpy"),
        f"{comparison.keras_goal:g}",
        ratio("pytorch", "numpy"),
        f"{comparison.torch_goal:g}",
        ratio("numpy", "blas") if "blas" in sides else "",
    )


def ratio_words(ratios: pandas.Series) -> str:
    """Return the median of ratios by round, with its interval where there are enough rounds for one."""
    interval = median_interval(ratios)
    words = f"{ratios.median():.2f}x"
    return f"{words} ({interval[0]:.2f} to {interval[1]:.2f})" if interval else words
