"""The plot of every seed after the last epoch."""

import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection

from harness import plots
from harness.base import statistics
from harness.plots.seeds import seeds_figure
from harness.plots.strip_plot import BAND_EDGE
from harness.plots.style import figure_style
from harness.plots.swarm import swarm
from harness.results.reading import open_run
from tests.harness.plots.run_folders import build, drop_rows, make_run

# By model, then seed.
ACCURACIES = {"numpy": (0.90, 0.92, 0.91, 0.93), "keras": (0.88, 0.91, 0.87, 0.92)}


def values(model, seed, epoch, n_epochs=2):
    """Scores of one training: those of `ACCURACIES` after the last epoch, worse before."""
    accuracy = ACCURACIES[model][seed] - 0.2 * (n_epochs - epoch)
    return {"test_accuracy": accuracy, "test_macro_f1": accuracy - 0.01, "test_loss": 1.2 - accuracy}


def published(value, model="numpy", epoch=2, column="test_accuracy"):
    return {"model": model, "epoch": epoch, "column": column, "value": value}


def make_four(folder, **config):
    """Write a run of two models and four seeds with known scores."""
    return make_run(folder, **{"seeds": range(4), "values": values, **config})


def points(axes):
    """Return the points of single seeds, a line for each model."""
    return [line for line in axes.lines if line.get_markersize() == 4.5]


def means(axes):
    """Return the marks of the means, a line for each model."""
    return [line for line in axes.lines if line.get_markeredgecolor() == "white" and len(line.get_ydata()) == 1]


def bands(axes):
    """Return low and high of each band."""
    paths = [band.get_paths()[0].vertices for band in axes.collections if isinstance(band, PolyCollection)]
    return [(path[:, 1].min(), path[:, 1].max()) for path in paths]


def stars(axes):
    return [line for line in axes.lines if line.get_marker() == "*"]


def dashed(axes):
    return [line for line in axes.lines if line.get_linestyle() == "--" and line.get_color() == "black"]


def captions(axes):
    return [label.get_text().split("\n") for label in axes.get_xticklabels()]


def numbers(axes):
    return [text.get_text() for text in axes.texts if text.get_text().isdigit()]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_every_seed_of_every_model_is_a_point_at_its_value_after_the_last_epoch(tmp_path):
    folder = make_four(tmp_path / "run")
    epochs = open_run(folder).epochs
    end = epochs[epochs["epoch"] == 2]
    figure = build(seeds_figure, folder)
    for axes, column in zip(figure.axes, ("test_accuracy", "test_macro_f1", "test_loss"), strict=True):
        for line, model in zip(points(axes), ("numpy", "keras"), strict=True):
            np.testing.assert_allclose(line.get_ydata(), end.loc[end["model"] == model, column])
            assert line.get_linestyle() == "None"
    assert "after epoch 2" in figure.get_suptitle()
    assert [axes.get_ylabel().split(" (")[0] for axes in figure.axes] == ["accuracy", "macro-F1", "test loss"]


def test_a_line_joins_the_points_of_each_seed(tmp_path):
    axes = build(seeds_figure, make_four(tmp_path / "run")).axes[0]
    (lines,) = [item for item in axes.collections if isinstance(item, LineCollection)]
    expected = [np.stack(ends) for ends in zip(*(line.get_xydata() for line in points(axes)), strict=True)]
    np.testing.assert_allclose(lines.get_segments(), expected)
    np.testing.assert_allclose([ends[:, 1] for ends in lines.get_segments()], np.transpose(list(ACCURACIES.values())))


def test_mean_its_interval_and_that_of_single_runs_are_those_of_the_statistics(tmp_path):
    axes = build(seeds_figure, make_four(tmp_path / "run")).axes[0]
    bars = [line.get_ydata() for line in axes.lines if line.get_marker() == "_"]
    np.testing.assert_allclose([line.get_ydata()[0] for line in means(axes)], [0.915, 0.895])
    np.testing.assert_allclose(bars, [statistics.mean_interval(scores) for scores in ACCURACIES.values()])
    single = [statistics.single_run_interval(scores) for scores in ACCURACIES.values()]
    np.testing.assert_allclose(bands(axes), np.minimum(single, 1))
    assert [lines[:2] for lines in captions(axes)] == [["numpy", "mean 0.9150"], ["keras", "mean 0.8950"]]


def test_no_interval_goes_beyond_what_is_possible(tmp_path):
    def nearly_perfect(model, seed, epoch):
        return {"test_accuracy": 0.99 + 0.003 * seed, "test_loss": 0.002 * seed}

    figure = build(seeds_figure, make_four(tmp_path / "run", values=nearly_perfect))
    assert bands(figure.axes[0])[0][1] == 1 and bands(figure.axes[2])[0][0] == 0


def test_a_seed_that_did_not_finish_is_left_out_and_named(tmp_path):
    folder = make_four(tmp_path / "run")
    drop_rows(folder, ",keras,3,2,")
    drop_rows(folder, ",keras,1,")
    figure = build(seeds_figure, folder)
    numpy, keras = points(figure.axes[0])
    assert len(numpy.get_ydata()) == 4 and list(keras.get_ydata()) == [0.88, 0.87]
    (lines,) = [item for item in figure.axes[0].collections if isinstance(item, LineCollection)]
    assert len(lines.get_segments()) == 2
    assert "left out, as not finished: keras seeds 1, 3" in figure.get_suptitle()


def test_a_finished_run_leaves_nothing_out(tmp_path):
    assert "left out" not in build(seeds_figure, make_four(tmp_path / "run")).get_suptitle()


def test_one_finished_seed_is_a_point_without_mean_and_interval(tmp_path):
    folder = make_four(tmp_path / "run", seeds=(0, 1), models=("numpy",), published=[published(0.9)])
    drop_rows(folder, ",numpy,1,2,")
    figure = build(seeds_figure, folder)
    axes = figure.axes[0]
    assert list(points(axes)[0].get_ydata()) == [0.90]
    assert means(axes) == [] and bands(axes) == []
    assert captions(axes) == [["numpy", "seed 0 only", "published 0.9"]]
    assert not any("interval" in text or "single runs" in text for text in legend(figure))


def test_without_a_finished_seed_the_plot_fails_and_leaves_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(plots, "save_figure", lambda figure, path: path)
    folder = make_four(tmp_path / "run")
    for seed, model in itertools.product(range(4), ACCURACIES):
        drop_rows(folder, f",{model},{seed},2,")
    drawing = plots.draw_all(folder)
    assert drawing.failures == ["seeds.png was not drawn: no seed has all its epochs yet"]
    assert len(drawing.paths) == 4


def test_a_value_that_is_not_finite_takes_the_mean_with_it_and_is_named(tmp_path):
    def diverging(model, seed, epoch):
        scores = values(model, seed, epoch)
        return scores | {"test_loss": float("nan")} if (model, seed) == ("keras", 2) else scores

    accuracy, _, loss = build(seeds_figure, make_four(tmp_path / "run", values=diverging)).axes
    assert [len(line.get_ydata()) for line in points(loss)] == [4, 3]
    assert len(means(loss)) == len(bands(loss)) == 1 and len(means(accuracy)) == 2
    assert captions(loss)[1] == ["keras", "seed 2 not finite", "no mean"]
    (lines,) = [item for item in loss.collections if isinstance(item, LineCollection)]
    assert len(lines.get_segments()) == 3


def test_a_panel_without_any_finite_value_is_empty(tmp_path):
    def lost(model, seed, epoch):
        return values(model, seed, epoch) | {"test_loss": float("inf")}

    loss = build(seeds_figure, make_four(tmp_path / "run", values=lost)).axes[2]
    assert [len(line.get_ydata()) for line in points(loss)] == [0, 0]


@pytest.mark.parametrize(("value", "verdict"), [(0.90, "inside the gray"), (0.85, "outside the gray")])
def test_a_published_value_is_a_mark_across_its_model_and_told_inside_or_outside(tmp_path, value, verdict):
    low, high = statistics.single_run_interval(ACCURACIES["numpy"])
    assert (low <= value <= high) == (verdict == "inside the gray")
    figure = build(seeds_figure, make_four(tmp_path / "run", published=[published(value)]))
    axes = figure.axes[0]
    (line,), (star,) = dashed(axes), stars(axes)
    assert list(line.get_ydata()) == [value, value] and list(star.get_ydata()) == [value]
    assert min(line.get_xdata()) < 0 < max(line.get_xdata()) < 0.5
    assert star.get_markerfacecolor() == "white" and star.get_markersize() > means(axes)[0].get_markersize()
    assert captions(axes)[0][2:] == [f"published {value:g}", verdict] and captions(axes)[1][2:] == []
    assert axes.get_ylim()[0] < value
    assert not stars(figure.axes[1]) and not stars(figure.axes[2])
    assert "published, from one run" in legend(figure)


def test_what_was_published_of_other_epochs_columns_and_models_is_not_drawn(tmp_path):
    others = [published(0.9, epoch=1), published(0.3, column="train_loss"), published(0.9, model="torch")]
    figure = build(seeds_figure, make_four(tmp_path / "run", published=others))
    assert not any(stars(axes) for axes in figure.axes)
    assert not any("published" in text for text in legend(figure))


@pytest.mark.parametrize(("value", "text", "share"), [(0.1, "↓ 0.1", 0.05), (5.0, "↑ 5", 0.95)])
def test_a_published_value_far_off_stands_at_the_edge_and_leaves_the_points_their_room(tmp_path, value, text, share):
    axes = build(seeds_figure, make_four(tmp_path / "run", published=[published(value)])).axes[0]
    low, high = axes.get_ylim()
    (star,) = stars(axes)
    assert star.get_ydata()[0] == pytest.approx(low + share * (high - low))
    assert text in [item.get_text() for item in axes.texts] and dashed(axes) == []
    heights = np.concatenate([line.get_ydata() for line in points(axes)])
    assert np.ptp(heights) > (high - low) / 7
    # Above or below everything measured.
    assert (heights.max() < star.get_ydata()[0]) if value > 1 else (star.get_ydata()[0] < heights.min())
    assert captions(axes)[0][3] == "outside the gray"


def test_an_interval_far_wider_than_the_points_is_cut_and_marked(tmp_path):
    figure = build(seeds_figure, make_four(tmp_path / "run", seeds=(0, 1), models=("numpy",)))
    axes = figure.axes[2]
    low, high = axes.get_ylim()
    assert bands(axes) == [pytest.approx((low, high))]
    arrows = {line.get_marker() for line in axes.lines if line.get_color() == BAND_EDGE}
    assert arrows == {"^", "v"} and "goes on beyond the scale" in legend(figure)
    assert np.ptp(points(axes)[0].get_ydata()) > (high - low) / 2


def test_up_to_twelve_seeds_are_numbered(tmp_path):
    few = build(seeds_figure, make_run(tmp_path / "few", seeds=range(20, 32))).axes[0]
    assert sorted(numbers(few)) == sorted([str(seed) for seed in range(20, 32)] * 2)
    many = build(seeds_figure, make_run(tmp_path / "many", seeds=range(13)))
    assert numbers(many.axes[0]) == [] and "one seed; a line joins equal seeds" in legend(many)


def test_seeds_that_all_score_the_same_are_points_without_numbers(tmp_path):
    def equal(model, seed, epoch):
        return {"test_accuracy": 0.9}

    axes = build(seeds_figure, make_run(tmp_path / "run", seeds=range(12), values=equal)).axes[0]
    assert numbers(axes) == [] and [len(line.get_ydata()) for line in points(axes)] == [12, 12]
    low, high = axes.get_ylim()
    assert low < 0.9 < high


@pytest.mark.parametrize("n_columns", [1, 2, 5])
def test_no_two_points_of_a_column_are_too_near_as_long_as_there_is_room(n_columns):
    heights = np.random.default_rng(0).random(40)
    columns, has_room = swarm(heights, 0.02, n_columns)
    assert set(columns) <= {0, 1, -1, 2, -2} and len(set(columns)) <= n_columns
    gaps = [np.diff(np.sort(heights[np.array(columns) == column])) for column in set(columns)]
    assert has_room == all((gap >= 0.02).all() for gap in gaps) == (n_columns == 5)


def test_points_far_apart_stand_in_the_middle():
    assert swarm([3.0, 1.0, 2.0], 0.5, 4) == ([0, 0, 0], True)


def test_models_of_different_size_are_told_so(tmp_path):
    sizes = {"numpy": 129168, "keras": 119772}
    title = build(seeds_figure, make_four(tmp_path / "different", n_parameters=sizes)).get_suptitle()
    assert "not of one size, in parameters: numpy 129,168; keras 119,772" in title
    sizes = {"numpy": 119772, "keras": 119772}
    assert "parameters" not in build(seeds_figure, make_four(tmp_path / "equal", n_parameters=sizes)).get_suptitle()


def test_panels_of_more_than_two_models_stand_one_above_the_other(tmp_path):
    figure = build(seeds_figure, make_run(tmp_path / "run", models=("numpy", "keras", "naive"), seeds=(0, 1)))
    assert len({axes.get_subplotspec().colspan.start for axes in figure.axes}) == 1
    assert [len(axes.get_xticks()) for axes in figure.axes] == [3, 3, 3]


def test_a_single_model_has_no_joining_lines(tmp_path):
    figure = build(seeds_figure, make_run(tmp_path / "run", models=("numpy",), seeds=(0, 1, 2)))
    assert not any(isinstance(item, LineCollection) for item in figure.axes[0].collections)
    assert legend(figure)[0] == "one seed, with its number"


@pytest.mark.parametrize(
    ("models", "seeds"),
    [
        (("numpy",), range(5)),
        (("numpy", "keras"), range(12)),
        (("a model with quite a long name", "the_other_with_a_longer_one_still"), range(100, 105)),
        (("numpy", "keras", "naive", "a model with quite a long name"), range(12)),
    ],
)
def test_no_text_covers_another_or_leaves_the_figure(tmp_path, models, seeds):
    rng = np.random.default_rng(0)

    def scores(model, seed, epoch):
        return {"test_accuracy": rng.normal(0.89, 0.004), "test_macro_f1": rng.normal(0.89, 0.004)}

    others = [published(value, model, column="test_macro_f1") for model in models for value in (0.885, 0.2)]
    folder = make_run(tmp_path / "run", models=models, seeds=seeds, values=scores, published=others)
    with figure_style():
        figure = seeds_figure(open_run(folder))
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        texts = [*figure.texts, *figure.legends[0].get_texts()]
        for axes in figure.axes:
            texts += [*axes.texts, *axes.get_xticklabels(), axes.yaxis.label]
        boxes = {text: text.get_window_extent(renderer) for text in texts}
    for (text, box), (other, other_box) in itertools.combinations(boxes.items(), 2):
        assert not box.padded(-1).overlaps(other_box.padded(-1)), (text, other)
    for text, box in boxes.items():
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1, text
