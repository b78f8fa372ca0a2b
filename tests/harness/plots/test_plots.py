"""Plots of a run, drawn from made-up run folders."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image

from harness import plots
from harness.base.errors import UsageError
from harness.plots.__main__ import main
from harness.plots.confusion import confusion_figure
from harness.plots.learning_curves import learning_curves_figure
from harness.plots.per_class_f1 import per_class_f1_figure
from harness.plots.samples import samples_figure
from harness.plots.style import figure_style
from harness.plots.wall_time import seconds_text
from harness.results import COLUMNS
from harness.results.reading import open_run
from harness.summaries.model_styles import styles_for
from tests.harness.plots.run_folders import build, drop_rows, make_run, names

REPOSITORY = Path(__file__).parents[3]
# Those of a run of one seed.
ALL_FILES = ["confusion.png", "learning_curves.png", "per_class_f1.png", "samples.png"]


def test_plots_are_drawn_as_svg_too_where_that_is_asked_for(only_samples, tmp_path, capsys):
    folder = make_run(tmp_path / "run")
    assert main([str(folder), "--svg"]) == 0
    png, svg = sorted((folder / "plots").iterdir())
    assert capsys.readouterr().out.split() == [str(png), str(svg)]
    assert (png.name, svg.name) == ("samples.png", "samples.svg")
    root = ElementTree.parse(svg).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.findall(".//{*}image")


def test_a_single_epoch_is_drawn_as_a_marker_for_each_curve(tmp_path):
    with figure_style():
        figure = learning_curves_figure(open_run(make_run(tmp_path / "run", n_epochs=1)))
    lines = [line for axes in figure.axes for line in axes.get_lines() if len(line.get_xdata()) == 1]
    assert len(lines) >= 2 * (2 + 2 + 1)  # NumPy's and Keras's of loss, accuracy and macro-F1
    assert all(line.get_marker() not in ("", "None", None) and line.get_markersize() > 5 for line in lines)


def luminance(color):
    """Relative luminance, 0 black to 1 white (WCAG 2)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.fixture
def unsaved(monkeypatch):
    """Build every figure but save none, which takes most of the time."""
    monkeypatch.setattr(plots, "save_figure", lambda figure, path: path)


@pytest.fixture
def only_samples(monkeypatch):
    """Draw the sample images only."""
    monkeypatch.setattr(plots, "FIGURES", {"samples.png": samples_figure})


def test_a_complete_run_gives_every_plot_and_no_problem(tmp_path):
    folder = make_run(tmp_path / "run", seeds=(0, 1))
    drawing = plots.draw_all(folder)
    assert (names(drawing.paths), drawing.gaps, drawing.failures) == ([*ALL_FILES, "seeds.png"], [], [])
    assert names((folder / "plots").iterdir()) == [*ALL_FILES, "seeds.png"]
    for path in drawing.paths:
        with Image.open(path) as image:
            assert min(image.size) > 100 and image.convert("L").getextrema()[0] < 50
        assert path.stat().st_size < 300_000


def test_a_run_of_one_seed_has_no_plot_of_seeds_and_that_is_no_problem(tmp_path, unsaved, capsys):
    folder = make_run(tmp_path / "run")
    assert main([str(folder)]) == 0
    output = capsys.readouterr()
    assert (names(map(Path, output.out.splitlines())), output.err) == (ALL_FILES, "")


def test_plots_do_not_leave_the_run_through_a_symbolic_link(tmp_path, capsys):
    folder = make_run(tmp_path / "run")
    (tmp_path / "elsewhere").mkdir()
    (folder / "plots").symlink_to(tmp_path / "elsewhere")
    assert main([str(folder)]) == 1
    errors = capsys.readouterr().err
    assert f"It is a symbolic link: '{folder / 'plots'}'" in errors and errors.count("\n") == 1
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_run_with_one_model_missing_is_drawn_and_the_gap_is_named(tmp_path, unsaved):
    folder = make_run(tmp_path / "run")
    drop_rows(folder, ",keras,")
    (folder / "predictions" / "keras-seed0.npz").unlink()
    drawing = plots.draw_all(folder)
    assert (names(drawing.paths), drawing.failures) == (ALL_FILES, [])
    assert drawing.gaps == ["keras has 0 of 2 epochs in epochs.csv", "keras, seed 0, has no predictions"]


def test_the_learning_curves_say_that_a_run_is_unfinished(tmp_path):
    folder = make_run(tmp_path / "run")
    drop_rows(folder, ",keras,0,2,")
    title = build(learning_curves_figure, folder).get_suptitle()
    assert "unfinished: keras has 1 of 2 epochs" in title and "numpy" not in title


def test_one_epoch_is_enough(tmp_path):
    folder = make_run(tmp_path / "run", n_epochs=1)
    for axes in build(learning_curves_figure, folder).axes:
        assert list(axes.get_xticks()) == [1]


def test_without_epochs_and_predictions_the_samples_are_still_drawn(tmp_path, unsaved):
    folder = make_run(tmp_path / "run")
    drop_rows(folder, "fashion")
    for path in (folder / "predictions").iterdir():
        path.unlink()
    drawing = plots.draw_all(folder)
    assert names(drawing.paths) == ["samples.png"]
    assert drawing.failures == [
        "learning_curves.png was not drawn: epochs.csv holds no epoch yet",
        "confusion.png was not drawn: the folder holds no predictions yet",
        "per_class_f1.png was not drawn: the folder holds no predictions yet",
    ]


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("samples.npz", ["samples.png"]),
        ("predictions/keras-seed0.npz", []),
        ("epochs.csv", ["learning_curves.png"]),
    ],
)
def test_a_damaged_file_is_named_and_costs_only_its_own_plot(tmp_path, unsaved, name, lost):
    folder = make_run(tmp_path / "run")
    (folder / name).write_bytes(b"PK\x03\x04 cut short")
    drawing = plots.draw_all(folder)
    assert names(drawing.paths) == [file for file in ALL_FILES if file not in lost]
    assert any(gap.startswith(f"{name} cannot be read") for gap in drawing.gaps)


def test_a_line_cut_short_leaves_the_whole_lines(tmp_path):
    folder = make_run(tmp_path / "run")
    with open(folder / "epochs.csv", "a", encoding="utf-8") as file:
        file.write("fashion,identical,num")
    assert len(open_run(folder).epochs) == 4


def test_predictions_outside_the_classes_are_refused_by_name(tmp_path):
    folder = make_run(tmp_path / "run")
    np.savez(folder / "predictions" / "numpy-seed0.npz", labels=np.array([0, 1]), predictions=np.array([0, 3]))
    run = open_run(folder)
    assert [item.model for item in run.predictions] == ["keras"]
    assert "predictions/numpy-seed0.npz cannot be read: classes 0 to 3, but the run has 3 classes" in run.problems


def test_a_plot_that_fails_leaves_the_others(tmp_path, unsaved, monkeypatch):
    def fail(run):
        raise ZeroDivisionError

    monkeypatch.setitem(plots.FIGURES, "learning_curves.png", fail)
    drawing = plots.draw_all(make_run(tmp_path / "run"))
    assert names(drawing.paths) == ["confusion.png", "per_class_f1.png", "samples.png"]
    assert drawing.failures == ["learning_curves.png was not drawn: ZeroDivisionError"]


def test_a_plot_that_cannot_be_saved_leaves_the_old_one_and_no_half_file(tmp_path, only_samples, monkeypatch):
    folder = make_run(tmp_path / "run")
    plots.draw_all(folder)
    old = (folder / "plots" / "samples.png").read_bytes()

    def fail(source, target):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    assert "samples.png was not drawn: disk full" in plots.draw_all(folder).failures
    assert (folder / "plots" / "samples.png").read_bytes() == old
    assert names((folder / "plots").iterdir()) == ["samples.png"]


@pytest.mark.parametrize("draw", plots.FIGURES.values())
def test_every_title_says_data_settings_and_limit(tmp_path, draw):
    title = build(draw, make_run(tmp_path / "run", seeds=(0, 3), limit=1500)).get_suptitle()
    for part in ("data set fashion", "experiment identical", "batch size 1", "learning rate 0.005", "seeds 0, 3"):
        assert part in title
    assert "limited to the first 1,500 images: not a full run" in title


@pytest.mark.parametrize("draw", plots.FIGURES.values())
def test_a_full_run_is_not_called_limited(tmp_path, draw):
    assert "limited" not in build(draw, make_run(tmp_path / "run", seeds=(0, 1))).get_suptitle()


def test_dollars_underscores_and_foreign_letters_are_drawn_as_they_are(tmp_path):
    awkward = ["$5 to $9", "a_b^2 \\frac{1}", "日本 Größe"]
    folder = make_run(tmp_path / "run", models=("_mine $x$", "numpy"), class_names=awkward, dataset="$d_1$ é")
    with figure_style():
        figure = confusion_figure(open_run(folder))
        shown = figure.findobj(Text)
    assert {*awkward} <= {text.get_text() for text in shown}
    assert not any(text.get_parse_math() for text in shown)
    assert "data set $d_1$ é" in figure.get_suptitle()
    legend = build(learning_curves_figure, folder).legends[0]
    assert [text.get_text() for text in legend.get_texts()][:2] == ["_mine $x$", "numpy"]


def test_letters_that_no_font_has_are_told_in_one_line(tmp_path, only_samples, recwarn):
    folder = make_run(tmp_path / "run", class_names=["日本語", "\U0001f9e5", "한국"])
    drawing = plots.draw_all(folder)
    assert drawing.failures == []
    assert list(recwarn) == []
    (line,) = drawing.gaps
    assert re.search("^no font here has .*\U0001f9e5.*, so the plots show boxes; install one of Noto Sans CJK", line)
    assert plots.draw_all(make_run(tmp_path / "plain", class_names=["Größe", "$5", "Ωmega"])).gaps == []


def test_f1_of_each_class_is_that_computed_by_hand(tmp_path):
    # Class 0: TP 2, FP 1, FN 1. Class 1: TP 1, FP 2, FN 1. Class 2: no true positive.
    (axes,) = build(per_class_f1_figure, make_run(tmp_path / "run", models=("numpy",))).axes
    (points,) = axes.lines
    np.testing.assert_allclose(points.get_xdata(), [4 / 6, 2 / 5, 0])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Coat", "Bag", "Shirt"]
    assert axes.yaxis_inverted()  # class order from the top


def test_confusion_has_true_classes_as_rows_and_sums_the_seeds(tmp_path):
    figure = build(confusion_figure, make_run(tmp_path / "run", models=("numpy",), seeds=(0, 1)))
    axes = figure.axes[0]
    counts = {tuple(map(int, reversed(text.get_position()))): int(text.get_text()) for text in axes.texts}
    expected = [[4, 2, 0], [2, 2, 0], [0, 2, 0]]
    assert counts == dict(np.ndenumerate(expected))
    np.testing.assert_allclose(axes.images[0].get_array(), np.array(expected) / [[6], [4], [2]])
    assert axes.get_title() == "numpy\nseeds 0, 1, summed"
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true class", "predicted class")


def test_a_class_without_test_images_has_an_empty_row(tmp_path):
    figure = build(confusion_figure, make_run(tmp_path / "run", class_names=["a", "b", "c", "absent"]))
    assert figure.axes[0].images[0].get_array()[3].tolist() == [0, 0, 0, 0]


def test_confusion_of_a_hundred_classes_has_few_ticks_and_no_counts(tmp_path):
    folder = make_run(tmp_path / "run", class_names=[f"class {index}" for index in range(100)])
    axes = build(confusion_figure, folder).axes[0]
    assert len(axes.texts) == 0 and len(axes.get_xticks()) == len(axes.get_yticks()) == 10


def test_numpy_and_keras_differ_without_colour_and_look_the_same_in_any_company():
    styles = styles_for(["numpy", "keras"])
    numpy, keras = styles["numpy"], styles["keras"]
    assert numpy.marker != keras.marker and numpy.dashes != keras.dashes and numpy.line_width != keras.line_width
    assert abs(luminance(numpy.color) - luminance(keras.color)) > 0.2
    company = styles_for(["torch", "keras", "jax", "numpy"])
    assert (company["numpy"], company["keras"]) == (numpy, keras)


def test_six_models_have_six_styles():
    styles = styles_for(["numpy", "keras", "a", "b", "c", "d"]).values()
    assert len({style.marker for style in styles}) == len({style.color for style in styles}) == 6


def test_every_seed_is_a_point_and_the_mean_is_the_line(tmp_path):
    folder = make_run(tmp_path / "run", models=("numpy",), seeds=(0, 1, 2))
    epochs = open_run(folder).epochs
    mean, points = build(learning_curves_figure, folder).axes[2].lines
    np.testing.assert_allclose(mean.get_ydata(), epochs.groupby("epoch")["test_macro_f1"].mean())
    assert sorted(points.get_ydata()) == sorted(epochs["test_macro_f1"]) and points.get_linestyle() == "None"


def test_train_is_dashed_and_test_is_solid(tmp_path):
    axes = build(learning_curves_figure, make_run(tmp_path / "run", models=("numpy",))).axes[0]
    assert [line.get_linestyle() for line in axes.lines] == ["--", "-"]


def test_a_loss_that_is_not_finite_breaks_the_mean_and_is_named(tmp_path):
    folder = make_run(tmp_path / "run", models=("numpy",), seeds=(0, 1))
    path = folder / "epochs.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    fields = lines[2].split(",")
    fields[COLUMNS.index("test_loss")] = "inf"
    path.write_text("\n".join([*lines[:2], ",".join(fields), *lines[3:], ""]), encoding="utf-8")
    mean = build(learning_curves_figure, folder).axes[0].lines[2]
    assert np.isfinite(mean.get_ydata()).tolist() == [True, False]
    assert open_run(folder).problems == ["numpy has values that are not finite numbers in epochs.csv"]


@pytest.mark.parametrize(
    ("seconds", "scale"),
    [
        ({"numpy": 5, "keras": 40}, "linear"),
        ({"numpy": 5, "keras": 60}, "log"),
        ({"numpy": 0, "keras": 40}, "linear"),
        ({"numpy": 0, "keras": 0}, "linear"),
        ({"numpy": 0, "keras": 0.01, "loops": 60}, "log"),
    ],
)
def test_wall_time_is_logarithmic_where_models_differ_more_than_tenfold(tmp_path, seconds, scale):
    folder = make_run(tmp_path / "run", models=list(seconds), wall_seconds=seconds)
    axes = build(learning_curves_figure, folder).axes[3]
    low, high = axes.get_ylim()
    assert axes.get_yscale() == scale
    drawn = [value for line in axes.lines for value in line.get_ydata()]
    assert all(low <= value <= high for value in drawn)
    assert {value for value in seconds.values() if value} <= set(drawn)
    assert {text.get_text() for text in axes.texts} == {seconds_text(value) for value in seconds.values()}


def test_many_epochs_get_one_mean_time_for_each_model(tmp_path):
    axes = build(learning_curves_figure, make_run(tmp_path / "run", n_epochs=40)).axes[3]
    assert len(axes.texts) == 0
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["numpy: 5.00", "keras: 5.00"]


def test_seconds_have_three_digits_or_all_whole_ones():
    written = [seconds_text(value) for value in (0, 0.005123, 9.314, 92.06, 99.96, 1234.4)]
    assert written == ["0", "0.00512", "9.31", "92.1", "100", "1,234"]


@pytest.mark.parametrize(("dtype", "n_channels"), [(np.uint8, 1), (np.uint8, 3), (np.float32, 1), (np.float32, 3)])
def test_samples_are_shown_gray_or_coloured_with_unchanged_pixels(tmp_path, dtype, n_channels):
    folder = make_run(tmp_path / "run")
    images = np.arange(3 * 8 * 8 * n_channels).reshape(3, 8, 8, n_channels) % 256
    images = images.astype(np.uint8) if dtype is np.uint8 else (images / 255).astype(np.float32)
    np.savez(folder / "samples.npz", images=images, labels=np.arange(3))
    (axes,) = build(samples_figure, folder).axes
    sheet = axes.images[0].get_array()
    assert sheet.ndim == (2 if n_channels == 1 else 3) and axes.images[0].get_cmap().name == "gray"
    first = images[0, ..., 0] if n_channels == 1 else images[0]
    np.testing.assert_allclose(sheet[:8, :8], first / (255 if dtype is np.uint8 else 1), atol=1e-6)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Coat", "Bag", "Shirt"]


def test_samples_of_many_classes_show_one_image_of_each(tmp_path):
    class_names = [f"class {index}" for index in range(30)]
    folder = make_run(tmp_path / "run", class_names=class_names)
    np.savez(folder / "samples.npz", images=np.zeros((60, 8, 8, 3), np.uint8), labels=np.repeat(np.arange(30), 2))
    (axes,) = build(samples_figure, folder).axes
    assert [text.get_text() for text in axes.texts] == class_names


@pytest.mark.parametrize(
    "backend",
    [
        pytest.param("TkAgg", marks=pytest.mark.slow),
        "nonsense",
        pytest.param("module://no_such_backend", marks=pytest.mark.slow),
        pytest.param("module://matplotlib_inline.backend_inline", marks=pytest.mark.slow),
    ],
)
def test_the_command_draws_without_a_display_whatever_backend_is_set(tmp_path, backend):
    folder = make_run(tmp_path / "run")
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"} | {"MPLBACKEND": backend}
    command = [sys.executable, "-m", "harness.plots", str(folder)]
    result = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")
    assert names(map(Path, result.stdout.splitlines())) == ALL_FILES


def test_user_settings_of_matplotlib_are_neither_used_nor_changed(tmp_path, only_samples):
    import matplotlib

    with matplotlib.rc_context({"text.usetex": True, "axes.grid": True}):
        assert plots.draw_all(make_run(tmp_path / "run")).failures == []
        assert matplotlib.rcParams["text.usetex"] is True and matplotlib.rcParams["text.parse_math"] is True


def test_the_command_exits_with_1_and_warns_when_a_plot_fails(tmp_path, unsaved, capsys):
    folder = make_run(tmp_path / "run")
    (folder / "samples.npz").unlink()
    assert main([str(folder)]) == 1
    output = capsys.readouterr()
    assert len(output.out.splitlines()) == 3
    assert "warning: samples.npz is missing" in output.err and "warning: samples.png was not drawn" in output.err


def test_the_command_exits_with_2_and_says_what_a_run_folder_holds(tmp_path, capsys):
    assert main([str(tmp_path / "nowhere")]) == 2
    assert "nowhere is not a folder" in capsys.readouterr().err
    (tmp_path / "epochs.csv").touch()
    assert main([str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "config.json missing" in error and "It holds epochs.csv, config.json, predictions/" in error


def test_a_configuration_without_its_keys_is_refused(tmp_path):
    folder = make_run(tmp_path / "run")
    (folder / "config.json").write_text('{"dataset": "fashion"}', encoding="utf-8")
    with pytest.raises(UsageError, match=r"config.json has no experiment, models"):
        plots.draw_all(folder)


def test_a_notebook_keeps_the_backend_that_it_named():
    code = "import os, harness.plots, matplotlib; print(os.environ['MPLBACKEND'], matplotlib.rcParams['backend'])"
    environment = os.environ | {"MPLBACKEND": "svg"}
    shown = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["svg", "svg"]
