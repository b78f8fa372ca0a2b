"""Published values in the learning curves."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from harness.plots.learning_curves import learning_curves_figure
from harness.plots.style import figure_style
from harness.results.reading import open_run
from harness.summaries.model_styles import styles_for
from tests.harness.plots.run_folders import build, make_run


def flat(model, seed, epoch):
    """Scores between which there is room to judge what is far off: accuracies from 0.8 to 0.9, losses 0.3 to 0.5."""
    return {"train_loss": 0.5, "test_loss": 0.3, "train_accuracy": 0.8, "test_accuracy": 0.9, "test_macro_f1": 0.9}


def published(value, model="numpy", epoch=2, column="test_accuracy"):
    return {"model": model, "epoch": epoch, "column": column, "value": value}


def stars(axes):
    return [line for line in axes.lines if line.get_marker() == "*"]


def inner_marks(axes):
    return [line for line in axes.lines if line.get_markersize() == 4]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_published_values_are_open_stars_beside_their_epochs_with_the_mark_of_their_model(tmp_path):
    values = [published(0.85), published(0.86, "keras"), published(0.84, epoch=1)]
    figure = build(learning_curves_figure, make_run(tmp_path / "run", values=flat, published=values))
    axes = figure.axes[1]
    places = [(line.get_xdata()[0], line.get_ydata()[0]) for line in stars(axes)]
    assert places == [(pytest.approx(1.8), 0.85), (pytest.approx(2.2), 0.86), (pytest.approx(0.8), 0.84)]
    styles = styles_for(["numpy", "keras"])
    for star, mark, model in zip(stars(axes), inner_marks(axes), ("numpy", "keras", "numpy"), strict=True):
        assert to_rgb(star.get_color()) == to_rgb(styles[model].color) and star.get_markerfacecolor() == "white"
        assert mark.get_marker() == styles[model].marker and mark.get_xydata().tolist() == star.get_xydata().tolist()
    assert legend(figure)[-1] == "published"
    assert not any(stars(other) for other in figure.axes if other is not axes)


def test_the_mark_in_the_star_is_hollow_for_training_and_filled_for_the_test_set(tmp_path):
    values = [published(0.4, column="train_loss"), published(0.35, column="test_loss")]
    axes = build(learning_curves_figure, make_run(tmp_path / "run", values=flat, published=values)).axes[0]
    faces = [line.get_markerfacecolor() for line in inner_marks(axes)]
    assert faces == ["white", styles_for(["numpy"])["numpy"].color]


@pytest.mark.parametrize("config", [{}, {"published": []}])
def test_a_run_that_reproduces_nothing_has_no_stars(tmp_path, config):
    figure = build(learning_curves_figure, make_run(tmp_path / "run", **config))
    assert not any(stars(axes) for axes in figure.axes) and "published" not in legend(figure)


def test_what_was_published_of_other_models_and_later_epochs_is_not_drawn(tmp_path):
    values = [published(0.9, "torch"), published(0.9, epoch=3)]
    figure = build(learning_curves_figure, make_run(tmp_path / "run", published=values))
    assert not any(stars(axes) for axes in figure.axes) and "published" not in legend(figure)


def test_the_scale_is_widened_for_a_published_value_nearby(tmp_path):
    values = [published(0.75)]
    axes = build(learning_curves_figure, make_run(tmp_path / "run", values=flat, published=values)).axes[1]
    assert axes.get_ylim()[0] < stars(axes)[0].get_ydata()[0] == 0.75 and len(axes.texts) == 0


@pytest.mark.parametrize(("value", "text", "share"), [(0.1, "↓ 0.1", 0.05), (3.5, "↑ 3.5", 0.95)])
def test_a_published_value_far_off_stands_at_the_edge_with_an_arrow_and_its_number(tmp_path, value, text, share):
    folder = make_run(tmp_path / "run", values=flat, published=[published(value)])
    axes = build(learning_curves_figure, folder).axes[1]
    low, high = axes.get_ylim()
    assert stars(axes)[0].get_ydata()[0] == pytest.approx(low + share * (high - low))
    assert [item.get_text() for item in axes.texts] == [text]
    distance_of_the_curves = 0.1
    assert distance_of_the_curves > (high - low) / 2


def test_the_legend_stays_in_the_figure_with_long_names_and_all_its_entries(tmp_path):
    models = [f"a model with a name that is long, number {number}" for number in range(4)]
    folder = make_run(tmp_path / "run", models=models, seeds=(0, 1), published=[published(0.9, models[0])])
    with figure_style():
        figure = learning_curves_figure(open_run(folder))
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        box = figure.legends[0].get_window_extent(canvas.get_renderer())
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 and len(legend(figure)) == 8
