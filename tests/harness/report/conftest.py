"""Made-up runs, reports of them, and what a report's HTML holds."""

import csv
import json
from html.parser import HTMLParser

import numpy as np
import pytest

from harness.datasets.dataset import Dataset
from harness.datasets.verify import array_sha256
from harness.results import COLUMNS

CLASSES = ["Coat", "Bag", "Shirt", "Boot"]
N_TEST = 200
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "path"}
ENVIRONMENT = {
    "cpu": "a processor",
    "cores": 2,
    "numpy": "2.4.6",
    "threads": {"OPENBLAS_NUM_THREADS": "1"},
    "command": "python -m harness.run --dataset fashion",
    "keras": {"keras": "3.15.1", "tensorflow": "2.21.0", "intra_op_threads": 1, "inter_op_threads": 1},
}


def make_images():
    """Return test images and labels: a set of our own, which no catalog knows."""
    rng = np.random.default_rng(7)
    return rng.integers(0, 256, (N_TEST, 8, 8, 1), np.uint8), np.arange(N_TEST) % len(CLASSES)


def write_run(folder, models=("numpy", "keras"), seeds=(0, 1, 2), n_epochs=2, scores=None, environment=True, **config):
    """Write a complete run of four classes, and return its folder.

    `scores` is a function of model and seed that returns the accuracy after the last epoch.
    """
    images, labels = make_images()
    class_names = config.get("class_names", CLASSES)
    config = {
        "format": 1, "dataset": "own", "experiment": "identical", "models": list(models), "seeds": list(seeds),
        "epochs": n_epochs, "batch_size": 1, "learning_rate": 0.005, "limit": None, "threads": 1, "published": [],
        "class_names": class_names, "n_train": 600, "n_test": N_TEST, "sha256": {"x_test": array_sha256(images)},
        "n_parameters": dict.fromkeys(models, 1000), **config,
    }  # fmt: skip
    for name in ("predictions", "weights"):
        (folder / name).mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    if environment:
        (folder / "environment.json").write_text(json.dumps(ENVIRONMENT))
    rng = np.random.default_rng(0)
    with open(folder / "epochs.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        for place, model in enumerate(models):
            for seed in seeds:
                end = scores(model, seed) if scores else 0.8 + 0.01 * place + 0.002 * (seed % 5)
                for epoch in range(1, n_epochs + 1):
                    rows.writerow(row_of(config, model, seed, epoch, end - 0.05 * (n_epochs - epoch), 5 + 30 * place))
                if "/" in model:  # a name that no file can have
                    continue
                wrong = rng.random(N_TEST) < 0.2
                predictions = np.where(wrong, rng.integers(0, len(class_names), N_TEST), labels)
                np.savez(folder / "predictions" / f"{model}-seed{seed}.npz", labels=labels, predictions=predictions)
                np.savez(folder / "weights" / f"{model}-seed{seed}.npz", **weights(rng))
    np.savez(folder / "samples.npz", images=images[:8], labels=labels[:8])
    return folder


def row_of(config, model, seed, epoch, accuracy, seconds):
    """Return a row of epochs.csv."""
    values = {"dataset": config["dataset"], "experiment": config["experiment"], "model": model, "seed": seed}
    values |= {"epoch": epoch, "train_loss": 0.5 / epoch, "train_accuracy": accuracy - 0.01, "test_loss": 0.6 / epoch}
    values |= {"test_accuracy": accuracy, "test_macro_f1": accuracy - 0.005, "wall_seconds": seconds + epoch / 10}
    return values | {"eval_seconds": 0.5, "warm_up_seconds": 0.25, "waiting_seconds": 0.0}


def weights(rng):
    """Return the weights of a network with two convolutions, by name."""
    shapes = {"conv2d/kernel": (3, 3, 1, 4), "conv2d_1/kernel": (3, 3, 4, 2), "dense/kernel": (8, 4)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


class Page(HTMLParser):
    """What stands in a page: `tags`, (name, attributes) of each; `texts`, what is read; `scripts`, `styles`."""

    def __init__(self, html):
        super().__init__()
        self.html, self.tags, self.texts, self.scripts, self.styles = html, [], [], [], []
        self._open = []
        self.feed(html)
        self.close()
        assert self._open == [], f"not closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        """Keep the tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag in ("script", "style"):
            (self.scripts if tag == "script" else self.styles).append("")

    def handle_startendtag(self, tag, attrs):
        """Keep a tag that closes itself, as those of SVG do."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        """Check that the last open tag is closed first."""
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data):
        """Keep texts, scripts and styles apart."""
        if self._open and self._open[-1] in ("script", "style"):
            (self.scripts if self._open[-1] == "script" else self.styles)[-1] += data
        elif data.strip():
            self.texts.append(" ".join(data.split()))

    @property
    def text(self):
        """All that is read."""
        return " ".join(self.texts)

    def all(self, *names):
        """Return the attributes of all tags of these names."""
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture(scope="session", name="write_run")
def write_run_fixture():
    return write_run


@pytest.fixture(scope="session")
def own_dataset():
    """The data set whose test images the runs were scored on."""
    images, labels = make_images()
    return Dataset("own", images, labels, images, labels, tuple(CLASSES), "made up", {"x_test": array_sha256(images)})


@pytest.fixture(scope="session", autouse=True)
def libraries():
    """Skip all tests where what a report is made with, which is optional, is not installed."""
    for name in ("altair", "vl_convert", "jinja2"):
        pytest.importorskip(name, reason="pip install -r requirements-report.txt")


@pytest.fixture(scope="session")
def report_of(libraries):
    """A function that writes the report of some folders, and returns its `Page`."""
    from harness.report import write_report

    def report(path, *folders, **options):
        write_report(folders, path, **options)
        return Page(path.read_text(encoding="utf-8"))

    return report


@pytest.fixture(scope="session")
def whole_folder(tmp_path_factory, write_run):
    """A run with all there can be: twelve seeds, and a published value."""
    published = [{"model": "numpy", "epoch": 2, "column": "test_accuracy", "value": 0.803}]
    return write_run(tmp_path_factory.mktemp("whole") / "run", seeds=range(12), published=published)


@pytest.fixture(scope="session")
def whole(whole_folder, report_of, own_dataset, parity_folder):
    """The report of that run, with images, kernels and a proof; its file is `report.html` in the run's folder."""
    return report_of(whole_folder / "report.html", whole_folder, parity_folder, dataset=own_dataset)


@pytest.fixture
def quick(monkeypatch, libraries):
    """Let charts be empty and unchecked, as to check and to draw them takes most of the time; `whole` has them all."""
    import altair

    from harness.report import page
    from harness.report.charts import drawing

    monkeypatch.setattr(drawing.vl_convert, "vegalite_to_svg", lambda *_, **__: '<svg viewBox="0 0 1 1"></svg>')
    monkeypatch.setattr(altair.SchemaBase, "validate", classmethod(lambda *_, **__: None))
    monkeypatch.setattr(page, "chart_library", lambda: page.Markup("window.vegaEmbed = null;"))


@pytest.fixture(scope="session")
def parity_folder(tmp_path_factory):
    """A proof of parity with two precisions."""
    folder = tmp_path_factory.mktemp("parity")
    lines = ["precision,step,loss,grad_norm,params,rounding,tolerance"]
    for precision, size in (("float64", 1e-17), ("float32", 1e-8)):
        rounding = 0.0 if precision == "float64" else 2e-8
        lines += [f"{precision},{step},0.0,0.0,{size * step},{rounding},{size * 1e6}" for step in range(1, 11)]
    (folder / "parity.csv").write_text("\n".join(lines) + "\n")
    (folder / "parity.md").write_text("a table\n\nsame: after 10 steps no parameter differs by more than 1e-16\n")
    (folder / "config.json").write_text(json.dumps({"network": "simple_cnn", "batch_size": 1}))
    return folder
