"""What all figures share: fonts, literal text, the title and the way a figure becomes a file."""

import os
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib.style
import PIL.Image  # matplotlib writes its PNG files with it
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font

from harness.base.numbers import named_seeds_text
from harness.results.reading import Run
from harness.summaries.model_styles import ModelStyle

DOTS_PER_INCH = 110
TITLE_SIZE = 11
LONGEST_NAME = 28
LARGEST_FILE = 300_000  # bytes
# Fonts with letters that DejaVu Sans lacks, used where one is installed.
FALLBACK_FONTS = ("Noto Sans CJK JP", "Noto Sans CJK SC", "Source Han Sans", "Hiragino Sans", "Microsoft YaHei")


@contextmanager
def figure_style() -> Iterator:
    """Context in which figures are built and saved: our fonts, no mathematical markup, no user settings.

    Names of classes, models and data sets are other people's text: a `$` in them is a dollar, so markup is off.
    """
    settings = {
        "font.family": fonts(),
        "font.size": 9,
        "text.parse_math": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
    }
    with matplotlib.style.context(["default", settings]), warnings.catch_warnings():
        # `missing_letters` says it once, and not for each letter.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from")
        yield


def fonts() -> list[str]:
    """Return the names of the fonts that a letter is looked for in, first to last."""
    installed = set(fontManager.get_font_names())
    return ["DejaVu Sans", *(font for font in FALLBACK_FONTS if font in installed)]


def missing_letters(texts: Iterable[str]) -> str:
    """Return the letters of some texts that no font has, and which are drawn as boxes; each once."""
    known = [get_font(fontManager.findfont(font)) for font in fonts()]
    letters = dict.fromkeys("".join(texts))
    return "".join(letter for letter in letters if not any(font.get_char_index(ord(letter)) for font in known))


def seed_points(style: ModelStyle) -> dict:
    """Return how single seeds are drawn beside their mean: the model's marker, small and hollow, without a line."""
    return {"linestyle": "none", "marker": style.marker, "markersize": 3.5, "color": style.color,
            "markerfacecolor": "none", "markeredgewidth": 0.7}  # fmt: skip


def short_name(name: str, longest: int = LONGEST_NAME) -> str:
    """Return the name, cut where it would leave no room for the picture."""
    return name if len(name) <= longest else name[: longest - 1] + "…"


def add_title(figure: Figure, run: Run, subject: str, notes: list[str] | tuple = ()) -> None:
    """Write above a figure what it shows, of which data and experiment, and with which settings.

    Args:
        figure: the figure, its size already set.
        run: the run whose settings are named.
        subject: what the figure shows.
        notes: further lines.
    """
    config = run.config
    lines = [f"{subject}: data set {config['dataset']}, experiment {config['experiment']}", _settings(config)]
    if config["limit"] is not None:
        lines.append(f"limited to the first {config['limit']:,} images: not a full run")
    lines += notes
    # A letter is at most about 0.63 times as wide as its size in points.
    n_letters = int(figure.get_figwidth() * 72 / (0.63 * TITLE_SIZE))
    figure.suptitle("\n".join(textwrap.fill(line, n_letters) for line in lines), fontsize=TITLE_SIZE)


def _settings(config: dict) -> str:
    numbers = [f"{key.replace('_', ' ')} {config[key]}" for key in ("batch_size", "learning_rate", "epochs")]
    return ", ".join([*numbers, named_seeds_text(config["seeds"])])


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG or as SVG, whole or not at all.

    Args:
        figure: the figure.
        path: the file to write or replace, which ends in .png or .svg; its folder is there.

    Returns:
        The path.

    Raises:
        OSError: the file cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        if path.suffix == ".svg":
            FigureCanvasSVG(figure).print_figure(unfinished, format="svg", metadata={"Date": None})
        else:
            FigureCanvasAgg(figure).print_figure(unfinished, format="png", dpi=DOTS_PER_INCH)
            if unfinished.stat().st_size > LARGEST_FILE:
                _reduce_colors(unfinished)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _reduce_colors(path: Path) -> None:
    """Write a PNG file again with a palette of 256 colours, which makes it two to three times smaller."""
    with PIL.Image.open(path) as image:
        reduced = image.convert("RGB").quantize(256, dither=PIL.Image.Dither.NONE)
    reduced.save(path, format="PNG")
