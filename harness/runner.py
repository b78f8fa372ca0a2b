"""A run from Python or a notebook, and what comes out of it, which shows itself."""

from __future__ import annotations

import html
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.base.progress import progress_bar
from harness.training import runner

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

    from harness.datasets.dataset import Dataset
    from harness.experiments import RunConfig
    from harness.results.reading import Run
    from harness.results.studies import Study

__all__ = ["Result", "run_experiment"]


@dataclass(frozen=True, repr=False)
class Result:
    """What came out of a run. At the end of a cell, a notebook shows its table and its learning curves.

    Attributes:
        epochs: a DataFrame with the columns of `epochs.csv`, one row for each model, seed and epoch.
        run, study: the same as files of a run's folder hold it, for the functions of `harness.tables` and
            `harness.plots`.
    """

    epochs: pandas.DataFrame
    run: Run
    study: Study

    @property
    def table(self) -> str:
        """The accuracy table, with what a reader must know of it, as Markdown."""
        from harness.tables import tables_of

        return tables_of(self.study)

    @property
    def learning_curves(self) -> Figure:
        """Loss, accuracy, macro-F1 and wall time against epochs."""
        from harness.plots.learning_curves import learning_curves_figure
        from harness.plots.style import figure_style

        with figure_style():
            return learning_curves_figure(self.run)

    def __repr__(self) -> str:
        return self.table

    def _repr_html_(self) -> str:
        """Return the table, its notes and the learning curves as HTML."""
        import pandas

        from harness.summaries import scores

        study = self.study
        table = pandas.DataFrame(scores.rows_of(study)).fillna("").to_html(index=False, border=0)
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in scores.notes(study))
        drawn = io.StringIO()
        self.learning_curves.savefig(drawn, format="svg")
        picture = drawn.getvalue()
        return f"<p>{html.escape(scores.describe(study))}</p>{table}{notes}{picture[picture.index('<svg') :]}"


def run_experiment(
    config: RunConfig, dataset: Dataset | None = None, on_epoch: Callable[[object], None] | None = None
) -> Result:
    """Train every model with every seed, and return what came out.

    A progress bar is shown on a terminal and in a notebook; nothing else is printed, and no folder is left.

    Args:
        config: what is trained, and how.
        dataset: a `Dataset` in place of the one that the configuration names. Default `None`.
        on_epoch: is called with the `EpochRecord` of each epoch. Default `None`.

    Raises:
        DataError: if the data cannot be used.
        ModelError: if no model can be built, models differ before training, or, after all others have been trained, one
            failed; its attribute `epochs` has what was finished.

    Example:
        >>> from harness import RunConfig
        >>> result = run_experiment(RunConfig(models=("numpy",), limit=100, epochs=1))  # doctest: +SKIP
        >>> result.epochs["test_accuracy"]  # doctest: +SKIP
    """
    from harness import datasets
    from harness.results import create_run_folder
    from harness.results.journal import Journal
    from harness.results.reading import open_run
    from harness.results.studies import study_of
    from harness.user_models.loading import with_network_of_models

    config = with_network_of_models(config.filled())
    dataset = dataset or datasets.load(config.dataset)
    config = config.for_data(len(dataset.x_train), len(dataset.x_test))
    with tempfile.TemporaryDirectory() as place:
        folder = create_run_folder(place, dataset.name, config.name)
        epochs = runner.run_experiment(config, dataset, Journal(folder), progress_bar, on_epoch)
        return Result(epochs, open_run(folder.path), study_of(folder.path))
