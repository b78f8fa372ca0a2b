"""How long two models stay together: trained with `fit` over whole epochs, and compared now and then.

Letters: N samples.
"""

import csv
import math
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas

from harness.base.markdown import markdown
from harness.parity import plot
from harness.parity.pairs import PRECISIONS, functions_of_library, import_keras
from harness.training import metrics
from harness.training.numpy_trainer import NumpyTrainer

# Test images are scored at every so many comparisons: to score takes as long as some thousand steps.
SCORE_EVERY = 10


@dataclass(frozen=True)
class TogetherRow:
    """How far apart two models are after some steps.

    Attributes:
        pair: names of the two, such as `"numpy float32, keras float32"`.
        step: steps taken.
        largest: largest absolute difference of any parameter.
        relative: Euclidean norm of all differences, relative to that of the second model's parameters.
        accuracy, other_accuracy: of the two on the test images; NaN where they were not scored.
        agreement: share of the test images for which both predict the same class.
    """

    pair: str
    step: int
    largest: float
    relative: float
    accuracy: float
    other_accuracy: float
    agreement: float


# A model in float64 whose first weights are all so far from those of the others, up or down by chance: about as far as
# float32 rounds numbers between 1 and 2.
NUDGE = 1e-7
NUDGED = "numpy float64 nudged"
# The two libraries in either precision, what rounding alone does within one library, and what a nudge does without it.
PAIRS = (
    ("numpy float64", "keras float64"),
    ("numpy float32", "keras float32"),
    ("keras float32", "keras float64"),
    ("numpy float32", "numpy float64"),
    (NUDGED, "numpy float64"),
)


def stay_together(trainers, config, samples, every, watch=iter):
    """Yield a `TogetherRow` for each pair of `PAIRS`, every so many steps.

    All models take the same steps, from one set of weights drawn in float32, but for the one that is nudged.

    Args:
        trainers: from `make_trainers`.
        config: a `ParityConfig`.
        samples: `Samples`.
        every: steps between two comparisons.
        watch: is given the list of pieces of the training, and returns an iterator over it, for a progress bar.
    """
    x_test = samples.test_pixels()
    n_done, epoch, x, y = 0, 0, None, None
    for number, (piece_epoch, start, stop) in enumerate(watch(pieces(config, samples.n_train, every)), start=1):
        if piece_epoch != epoch:
            epoch = piece_epoch
            x, y = samples.epoch(config.seed, epoch)
        for trainer in trainers.values():
            trainer.train_epoch(x[start:stop], y[start:stop], config.batch_size, epoch)
        n_done += math.ceil((stop - start) / config.batch_size)
        weights = {
            name: np.concatenate([array.ravel() for array in trainer.get_weights()])
            for name, trainer in trainers.items()
        }
        is_scored = number % SCORE_EVERY == 0 or n_done == config.steps
        classes = {
            name: trainer.predict(x_test).argmax(axis=1) if is_scored else None for name, trainer in trainers.items()
        }
        for one, other in PAIRS:
            gap = weights[one] - weights[other]
            yield TogetherRow(
                f"{one}, {other}",
                n_done,
                float(np.abs(gap).max()),
                float(np.linalg.norm(gap) / np.linalg.norm(weights[other])),
                *scores(classes[one], classes[other], samples.y_test),
            )


def pieces(config, n_train, every):
    """Return (epoch, start, stop) for each piece of `every` steps, cut at the end of an epoch."""
    found, n_steps, epoch = [], 0, 0
    while n_steps < config.steps:
        epoch += 1
        n_samples = min(n_train, (config.steps - n_steps) * config.batch_size)
        for start in range(0, n_samples, every * config.batch_size):
            found.append((epoch, start, min(start + every * config.batch_size, n_samples)))
        n_steps += math.ceil(n_samples / config.batch_size)
    return found


def make_trainers(config, samples, every):
    """Return the NumPy and the Keras trainers of both precisions by name, with equal weights, and the nudged one."""
    keras_model = import_keras()
    network, optimizer, loss = functions_of_library(config, samples)
    # As many steps at a time as divide a piece: the same steps, handed out faster.
    faster = {"steps_per_execution": math.gcd(every, 100)}
    trainers = {}
    for precision in PRECISIONS:
        trainers[f"numpy {precision}"] = NumpyTrainer(network, optimizer, precision, loss=loss)
        trainers[f"keras {precision}"] = keras_model.KerasTrainer(network, optimizer, precision, loss, **faster)
    trainers["numpy float32"].model.initialize(config.seed)
    weights = trainers["numpy float32"].get_weights()
    for trainer in trainers.values():
        trainer.start(weights)
    trainers[NUDGED] = NumpyTrainer(network, optimizer, "float64", loss=loss)
    trainers[NUDGED].start(nudged(weights, config.seed))
    return trainers


def nudged(weights, seed):
    """Return weights in float64, each `NUDGE` higher or lower, as drawn from a seed."""
    rng = np.random.default_rng(seed)
    return [array.astype(np.float64) + rng.choice((-NUDGE, NUDGE), array.shape) for array in weights]


def scores(classes, other_classes, labels):
    """Return both accuracies and the share of equal predictions, or NaN without predictions."""
    if classes is None:
        return np.nan, np.nan, np.nan
    accuracies = (metrics.accuracy(predicted, labels) for predicted in (classes, other_classes))
    return *accuracies, float((classes == other_classes).mean())


def table(rows):
    """Return the first comparison, those after ten times as many steps and so on, and the last, as a table.

    Args:
        rows: a DataFrame of `TogetherRow`s.
    """
    order = {", ".join(pair): place for place, pair in enumerate(PAIRS)}
    lines = [("models", "step", "largest difference", "relative", "accuracies", "same prediction")]
    first, last = rows["step"].min(), rows["step"].max()
    chosen = rows[rows["step"].isin([*(first * 10**power for power in range(10)), last])]
    for row in chosen.sort_values("pair", key=lambda pair: pair.map(order), kind="stable").itertuples():
        is_scored = not np.isnan(row.accuracy)
        accuracies = f"{row.accuracy:.4f}, {row.other_accuracy:.4f}" if is_scored else ""
        agreement = f"{row.agreement:.4f}" if is_scored else ""
        lines.append((row.pair, f"{row.step:,}", f"{row.largest:.1e}", f"{row.relative:.1e}", accuracies, agreement))
    return "\n".join(markdown(lines))


def write_together(trainers, config, samples, every, title, folder, watch=iter):
    """Train all models, write every comparison when it is made, then table and plot; return the table.

    Args:
        trainers, config, samples, every, watch: see `stay_together`.
        title: of the plot.
        folder: a `RunFolder`.
    """
    path = folder.path / "together.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(TogetherRow)], lineterminator="\n")
        writer.writeheader()
        for row in stay_together(trainers, config, samples, every, watch):
            writer.writerow(asdict(row))
            file.flush()
    rows = pandas.read_csv(path)
    text = table(rows)
    folder.write_text("together.md", text + "\n")
    plot.draw_together(rows, title, folder.path / "together.png")
    return text
