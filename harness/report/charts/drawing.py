"""From a Vega-Lite chart to what stands in the page."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair
import vl_convert
from markupsafe import Markup

if TYPE_CHECKING:
    from harness.summaries.model_styles import ModelStyle

DESCRIBED_VERSION = ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])
KNOWN_VERSIONS = vl_convert.get_vegalite_versions()
VEGA_LITE_VERSION = DESCRIBED_VERSION if DESCRIBED_VERSION in KNOWN_VERSIONS else KNOWN_VERSIONS[-1]
NAMESPACES = re.compile(r' xmlns(:xlink)?="[^"]*"| version="1\.1"')
# All colours that are not a model's are the page's too, so no chart knows whether it is dark.
CONFIG = {
    # The page describes the chart as a whole, and gives its numbers in a table.
    "aria": False,
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--ink-soft)",
        "titleColor": "var(--ink-soft)",
        "gridColor": "var(--grid)",
        "domainColor": "var(--axis)",
        "tickColor": "var(--axis)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelLimit": 130,
    },
    "legend": {
        "labelColor": "var(--ink)",
        "labelFontSize": 12,
        "labelLimit": 330,
        "symbolStrokeWidth": 2,
        "symbolSize": 300,
    },
    "text": {"color": "var(--ink)", "fontSize": 12},
    "mark": {"aria": False},  # which the first leaves with a role and without a name
}
# Switched off by the page: lists of models and of seeds.
SWITCHES = ("off_models", "off_seeds")


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        name: its own in the chapter, of letters and hyphens.
        title, subtitle: what it shows, and in what unit or how.
        description: what is to be seen, for those who do not see it.
        still: the picture, an SVG that is safe to be put into the page.
        live: the Vega-Lite description for the browser.
        note: what a reader must know; "" for nothing.
    """

    name: str
    title: str
    subtitle: str
    description: str
    still: Markup
    live: dict
    note: str = ""


def make_chart(
    name: str,
    title: str,
    subtitle: str,
    description: str,
    chart: altair.Chart,
    height: int,
    width: int = 480,
    note: str = "",
) -> Chart:
    """Return the `Chart` of an Altair chart, which must not have a size yet; `width` is that of the still picture."""
    live = {**chart.properties(width="container", height=height).to_dict(), "config": CONFIG}
    # It names an address, and a mail scanner might take offence.
    live.pop("$schema")
    live["autosize"] = {"type": "fit-x", "contains": "padding"}
    still = vl_convert.vegalite_to_svg({**live, "width": width}, vl_version=VEGA_LITE_VERSION)
    first_tag, rest = still.split(">", 1)
    # In a page it has no use for the names of its language, which look like addresses.
    return Chart(name, title, subtitle, description, Markup(f"{NAMESPACES.sub('', first_tag)}>{rest}"), live, note)


def rows_as_data(rows: list[dict[str, float]]) -> altair.Data:
    """Return dictionaries as the data of a chart; not a number becomes nothing."""
    return altair.Data(values=[{key: finite_or_none(value) for key, value in row.items()} for row in rows])


def finite_or_none(value: float | str | None) -> float | str | None:
    """Return a value, or `None` for a number that is not finite, which JSON does not have."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def switchable(chart: altair.Chart, by_seed: bool = True) -> altair.Chart:
    """Return a chart whose models and seeds the page can switch off."""
    # In one call, as each copies the chart with all its rows.
    return chart.add_params(*(altair.param(name=name, value=[]) for name in SWITCHES[: 1 + by_seed]))


def only_switched_on(chart: altair.Chart, by_seed: bool = True) -> altair.Chart:
    """Return a layer without the rows of models and seeds that are switched off."""
    chart = chart.transform_filter("indexof(off_models, datum.model) < 0")
    return chart.transform_filter("indexof(off_seeds, datum.seed) < 0") if by_seed else chart


def mean_of_all(chart: altair.Chart, by: list[str]) -> altair.Chart:
    """Return a layer with mean `value` and number `n` of each group's rows; a missing value leaves no mean."""
    return chart.transform_aggregate(
        average="mean(value)", n_valid="valid(value)", n="count()", groupby=by
    ).transform_calculate(value="datum.n_valid === datum.n ? datum.average : null")


def color(styles: dict[str, ModelStyle], channel: type = altair.Color) -> altair.Color | altair.Stroke:
    """Return the colour of models, for all of a mark or for `altair.Stroke` alone."""
    scale = altair.Scale(domain=list(styles), range=[style.variable for style in styles.values()])
    return channel("model:N", scale=scale, legend=None)


def shape(styles: dict[str, ModelStyle]) -> altair.Shape:
    """Return the shape of models."""
    scale = altair.Scale(domain=list(styles), range=[style.shape for style in styles.values()])
    return altair.Shape("model:N", scale=scale, legend=None)


def tips(**fields) -> list[altair.Tooltip]:
    """Return the tooltip of a point: by the field, its title and, of a number, its format."""
    return [
        altair.Tooltip(f"{field}:Q", title=title, format=form) if form else altair.Tooltip(f"{field}:N", title=title)
        for field, (title, form) in fields.items()
    ]
