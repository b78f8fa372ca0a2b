"""What is measured: contenders, settings and workloads."""

from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec

from harness.experiments.model_names import BACKENDS

BATCH_SIZES = (1, 8, 32, 128, 256)

SIMPLE_CNN = "simple_cnn"

# What a turn at most takes through a network in one call: an epoch of MNIST.
MOST_IMAGES = 60_000


@dataclass(frozen=True)
class Contender:
    """A library with its settings.

    Attributes:
        name: as in the tables.
        library: `"numpy"`, `"naive"`, `"published-loops"`, `"keras"`, `"keras-jax"`, `"keras-torch"`, `"torch"`,
            `"jax"` or `"blas"`, the matrix products of the NumPy model alone.
        threads: that the library may use; `None` for its own choice. They are set before a library is imported, so
            contenders of one name with the same threads share a process.
        way: how Keras, PyTorch or JAX is called, one of their `WAYS`; `None` for other libraries.
        steps_per_execution: of Keras's `compile`; `None` for its own choice.
    """

    name: str
    library: str
    threads: int | None = None
    way: str | None = None
    steps_per_execution: int | None = None

    @property
    def is_keras(self) -> bool:
        """Whether it is Keras, on any backend."""
        return self.library == "keras" or self.library in BACKENDS

    @property
    def setting(self) -> str:
        """How it is called, and what differs from the library's defaults, in words."""
        words = {"threads": self.threads, "steps_per_execution": self.steps_per_execution}
        given = [f"{word}={value}" for word, value in words.items() if value is not None]
        return ", ".join(([self.way] if self.way else []) + given) or "defaults"


@dataclass(frozen=True)
class Workload:
    """Images that go through a network once, in training or prediction.

    Attributes:
        task: `"train"` or `"predict"`.
        batch_size: images a step.
        n_images: how many; `None` for as many as a contender can take in a turn.
        side: of the square gray images, in pixels.
        filters: of both convolutions of `simple_cnn`.
        network: as flags name it.
    """

    task: str
    batch_size: int
    n_images: int | None = None
    side: int = 28
    filters: int = 6
    network: str = SIMPLE_CNN


@dataclass(frozen=True)
class Plan:
    """How much is measured: about 27 minutes on two cores, whatever their speed, as turns are measured in seconds.

    Attributes:
        rounds: turns that each contender takes.
        turn_seconds: what a turn lasts at least, without waiting. A call of Keras's `fit` costs 50 to 70 ms by itself.
        batch_sizes: of training.
        predict_images, predict_batch_sizes: of prediction.
        sides, filters, counts: of the three series that show how cost grows; `counts` of images.
        growth_batch_size: of these series.
        memory_runs: pairs of batch size and number of images, for peak memory.
        tuning_turns: that each of Keras's settings takes, if its first is not far behind.
        n_candidates: how many of these settings are tried; `None` for all.
        network: as flags name it. Of another than `simple_cnn` there are no plain loops and no series of filters.
    """

    rounds: int = 7
    turn_seconds: float = 2.0
    batch_sizes: tuple[int, ...] = BATCH_SIZES
    predict_images: int = 10_000
    predict_batch_sizes: tuple[int, ...] = (32, 256, 1_000)
    sides: tuple[int, ...] = (28, 56, 80, 112)
    filters: tuple[int, ...] = (6, 12, 24, 64)
    counts: tuple[int, ...] = (4_000, 8_000)
    growth_batch_size: int = 32
    memory_runs: tuple[tuple[int, int], ...] = ((1, 1_000), (32, 2_000), (32, 4_000), (32, 8_000))
    tuning_turns: int = 3
    n_candidates: int | None = None
    network: str = SIMPLE_CNN

    def training(self) -> list[Workload]:
        """Return the training workloads, one for each batch size."""
        return [Workload("train", batch_size, network=self.network) for batch_size in self.batch_sizes]

    def prediction(self):
        """Return the prediction workloads."""
        return [
            Workload("predict", batch_size, self.predict_images, network=self.network)
            for batch_size in self.predict_batch_sizes
        ]

    def growth(self) -> dict[str, list[Workload]]:
        """Return, by what grows, the workloads that show how cost grows with it."""
        first = Workload("train", self.growth_batch_size, network=self.network)
        filters = [replace(first, filters=filters) for filters in self.filters]
        return {
            "image side": [replace(first, side=side) for side in self.sides],
            **({"filters": filters} if self.network == SIMPLE_CNN else {}),
            "number of images": [replace(first, n_images=count) for count in self.counts],
        }

    def memory(self):
        """Return the workloads whose peak memory is measured."""
        return [Workload("train", *run, network=self.network) for run in self.memory_runs]


QUICK = Plan(
    rounds=2,
    turn_seconds=0.0,
    batch_sizes=(1, 8),
    predict_images=32,
    predict_batch_sizes=(32,),
    sides=(28,),
    filters=(6,),
    counts=(32, 64),
    memory_runs=((1, 8),),
    tuning_turns=1,
    n_candidates=2,
)

NUMPY = Contender("numpy", "numpy")
NAIVE = Contender("naive", "naive")
PUBLISHED_LOOPS = Contender("published-loops", "published-loops")
BLAS = Contender("blas", "blas")
KERAS = {
    "train": Contender("keras", "keras", way="fit(x, y)"),
    "predict": Contender("keras", "keras", way="predict(x)"),
}


def on_other_backends(task: str) -> list[Contender]:
    """Return Keras as its users call it, on those other backends that are installed."""
    return [Contender(model, model, way=KERAS[task].way) for model, library in BACKENDS.items() if find_spec(library)]


def tuned_candidates(workload: Workload) -> list[Contender]:
    """Return the settings of Keras that are tried for a workload.

    `jit_compile=False` is none of them: on a processor Keras chooses that by itself.
    """
    tuned = partial(Contender, "keras-tuned", "keras")
    if workload.task == "predict":
        ways = ("predict_on_batch(x)", "tf.function of a batch")
        return [tuned(threads=threads, way=way) for threads in (None, 1) for way in ways]
    many = 100 if workload.batch_size == 1 else 10
    return [
        tuned(way="fit(dataset)"),
        *(tuned(way="fit(dataset)", threads=threads, steps_per_execution=many) for threads in (None, 1)),
        *(tuned(way="tf.function of an epoch", threads=threads) for threads in (None, 1)),
        tuned(way="tf.function of an epoch, jit_compile=True"),
    ]
