"""Plots of a run, drawn from the files in its folder alone; `python -m harness.plots RUN_FOLDER` draws them again."""

from dataclasses import dataclass, field
from pathlib import Path

import harness.plots.backend  # noqa: F401 - before anything that imports matplotlib
from harness.base.files import make_folder
from harness.base.text import message_of
from harness.plots.confusion import confusion_figure
from harness.plots.learning_curves import learning_curves_figure
from harness.plots.per_class_f1 import per_class_f1_figure
from harness.plots.samples import samples_figure
from harness.plots.seeds import seeds_figure
from harness.plots.style import FALLBACK_FONTS, figure_style, missing_letters, save_figure
from harness.results.reading import open_run

# Each is a function of the run. It returns None where the run has nothing that the plot could show.
FIGURES = {
    "learning_curves.png": learning_curves_figure,
    "seeds.png": seeds_figure,
    "confusion.png": confusion_figure,
    "per_class_f1.png": per_class_f1_figure,
    "samples.png": samples_figure,
}


@dataclass(frozen=True)
class Drawing:
    """What came of drawing a run: the files written, what was missing from the run, and the plots not drawn."""

    paths: list[Path] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def draw_all(run_folder: str | Path, svg: bool = False) -> Drawing:
    """Draw every plot of a run into `plots/` in its folder; those with nothing to show are passed over.

    Args:
        run_folder: path of the run's folder, complete or not.
        svg: whether each plot is written as SVG too, beside the PNG file. Default `False`.

    Returns:
        The `Drawing`. A plot that cannot be drawn is a line in its `failures`; the others are drawn all the same. If
        there can be no folder for them, that is one line.

    Raises:
        UsageError: the folder is not there or is not a run's folder, or its `config.json` cannot be read.
    """
    run = open_run(run_folder)
    drawing = Drawing(gaps=list(run.problems))
    if letters := missing_letters([*run.class_names, *run.models, str(run.config["dataset"])]):
        drawing.gaps.append(
            f"no font here has {letters[:20]}, so the plots show boxes; install one of {', '.join(FALLBACK_FONTS)}"
        )
    try:
        make_folder(run.folder / "plots")
    except OSError as error:
        drawing.failures.append(f"no plot was drawn: {error}")
        return drawing
    for name, draw in FIGURES.items():
        try:
            with figure_style():
                figure = draw(run)
                if figure is not None:
                    path = run.folder / "plots" / name
                    drawing.paths.append(save_figure(figure, path))
                    if svg:
                        drawing.paths.append(save_figure(figure, path.with_suffix(".svg")))
        except Exception as error:  # Whatever is wrong with one plot, it must not take the others with it.
            drawing.failures.append(f"{name} was not drawn: {message_of(error)}")
    return drawing
