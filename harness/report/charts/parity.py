"""How far two models are apart, step by step."""

import altair

from harness.report.charts.drawing import Chart, make_chart, rows_as_data, tips
from harness.report.proofs import SMALLEST, Proof

HEIGHT = 300
COLORS = ("model-numpy", "model-keras", "model-2", "model-1")
PATTERNS = {"tolerance": [1, 4], "rounding": [7, 4]}
PLAIN = [1, 0]


def parity_chart(proof: Proof, number: int) -> Chart | None:
    """Return the chart of a `Proof`, which has a number of its own in the report; `None` for one without lines."""
    if not proof.lines:
        return None
    rows = [
        {"line": name, "step": step, "value": value, "height": max(value, SMALLEST)}
        for name, points in proof.lines.items()
        for step, value in points
    ]
    names = list(proof.lines)
    x = altair.X("step:Q", title="step of training", axis=altair.Axis(grid=False, format=",d", tickCount=6))
    y = altair.Y(
        "height:Q",
        title="largest difference of any parameter",
        scale=altair.Scale(type="log"),
        axis=altair.Axis(format=".0e", tickCount=6),
    )
    legend = altair.Legend(orient="bottom", direction="vertical", title=None, columns=1, symbolType="stroke")
    paint = altair.Color("line:N", scale=altair.Scale(domain=names, range=colors_of(names)), legend=legend)
    dash = altair.StrokeDash("line:N", scale=altair.Scale(domain=names, range=patterns_of(names)), legend=legend)
    about = tips(line=("", None), step=("step", ",d"), value=("difference", ".1e"))
    base = altair.Chart(rows_as_data(rows)).encode(x, y, paint)
    layers = [base.mark_line(strokeWidth=2).encode(dash), base.mark_point(size=40, opacity=0).encode(tooltip=about)]
    apart = "; ".join(f"{name}: at most {largest} in {steps} steps" for name, steps, largest in proof.largest)
    words = f"Line chart of the largest difference of any parameter against the step, on a logarithmic scale. {apart}."
    title, about = "Largest difference of any parameter", "on a logarithmic scale, where 1e-16 means 16 digits alike"
    return make_chart(f"parity-{number}", title, about, words, altair.layer(*layers), HEIGHT)


def colors_of(names: list[str]) -> list[str]:
    """Return a colour for each line: lines of one precision share one, and rounding alone is gray."""
    groups = list(dict.fromkeys(name.split(":")[0] for name in names))
    return [
        "var(--ink-soft)" if "rounding" in name else f"var(--{COLORS[groups.index(name.split(':')[0]) % len(COLORS)]})"
        for name in names
    ]


def patterns_of(names: list[str]) -> list[list[int]]:
    """Return a pattern for each line, so that they differ without colour."""
    plain = [PLAIN, [9, 3], [4, 3], [2, 2]]
    groups = list(dict.fromkeys(name.split(":")[0] for name in names))
    kinds = [next((PATTERNS[kind] for kind in PATTERNS if kind in name), None) for name in names]
    return [
        kind or plain[groups.index(name.split(":")[0]) % len(plain)] for kind, name in zip(kinds, names, strict=True)
    ]
