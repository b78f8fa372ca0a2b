"""The page: everything that was found out, put into the template."""

from __future__ import annotations

import base64
import functools
import hashlib
import time
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

import jinja2
import vl_convert
from markupsafe import Markup

from harness.base.text import one_line
from harness.report.charts.drawing import VEGA_LITE_VERSION
from harness.report.charts.parity import parity_chart
from harness.report.scores import proof_table
from harness.report.views import view_of

if TYPE_CHECKING:
    from harness.datasets.dataset import Dataset
    from harness.report.sources import Sources

CHARTS_SNIPPET = "window.vegaEmbed = vegaEmbed;"


def make_page(sources: Sources, dataset: Dataset | None = None, data_dir=None, command: str = "") -> str:
    """Return the HTML of a report.

    Args:
        sources: `Sources`.
        dataset: a `Dataset` to take images from; default the copy on this machine, if there is one.
        data_dir: a folder to look for that copy first.
        command: that made the report.
    """
    page = resources.files("harness.report") / "page"
    style, script = (text_of(page / name) for name in ("style.css", "script.js"))
    library = chart_library()
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (page / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}
    environment.globals.update(short=one_line)
    return environment.get_template("report.html").render(
        chapters=[view_of(chapter, number, dataset, data_dir) for number, chapter in enumerate(sources.chapters, 1)],
        proofs=[
            {"proof": proof, "chart": parity_chart(proof, number), "table": proof_table(proof)}
            for number, proof in enumerate(sources.proofs, 1)
        ],
        style=style,
        script=script,
        library=library,
        notice=text_of(page / "notice.txt"),
        policy=policy_of([library, script], [style]),
        command=one_line(command, 2000),
        made=time.strftime("%Y-%m-%d %H:%M"),
    )


def text_of(path: Traversable) -> Markup:
    """Return a file of ours that goes into the page as it is."""
    return Markup(path.read_text(encoding="utf-8"))


@functools.cache
def chart_library() -> Markup:
    """Return Vega, Vega-Lite and Vega-Embed as one script."""
    library = vl_convert.javascript_bundle(CHARTS_SNIPPET, vl_version=VEGA_LITE_VERSION).replace("\r\n", "\n")
    # In a page this would end the script; in JavaScript the backslash means nothing.
    return Markup(library.replace("</script", r"<\/script").replace("<!--", r"<\!--"))


def policy_of(scripts: list[Markup], styles: list[Markup]) -> str:
    """Return the Content-Security-Policy: these scripts and styles, pictures in the page itself, and nothing else."""

    def hashes(texts: list[Markup]) -> str:
        digests = (hashlib.sha256(text.encode()).digest() for text in texts)
        return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)

    return (
        f"default-src 'none'; script-src {hashes(scripts)}; style-src {hashes(styles)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
