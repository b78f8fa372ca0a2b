"""What is measured: contenders, settings and workloads."""

from dataclasses import dataclass, replace

BATCH_SIZES = (1, 8, 32, 128, 256)


@dataclass(frozen=True)
class Contender:
    """A library with its settings. Each lives in a process of its own, as threads are set before a library is imported.

    Attributes:
        name: as in the tables.
        library: `"numpy"`, `"naive"`, `"keras"` or `"blas"`, the matrix products of the NumPy model alone.
        threads: that the library may use; `None` for its own choice.
        steps_per_execution, jit_compile: Keras's, as `compile` takes them; `None` for Keras's own choice.
    """

    name: str
    library: str
    threads: int | None = None
    steps_per_execution: int | None = None
    jit_compile: bool | None = None

    @property
    def setting(self):
        """What differs from the library's defaults, in words."""
        words = {
            "threads": self.threads,
            "steps_per_execution": self.steps_per_execution,
            "jit_compile": self.jit_compile,
        }
        return ", ".join(f"{word}={value}" for word, value in words.items() if value is not None) or "defaults"


@dataclass(frozen=True)
class Workload:
    """Images that go through a network once, in training or prediction.

    Attributes:
        task: `"train"` or `"predict"`.
        batch_size: images a step.
        n_images: how many.
        side: of the square gray images, in pixels.
        filters: of both convolutions.
    """

    task: str
    batch_size: int
    n_images: int
    side: int = 28
    filters: int = 6


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        rounds: turns that each contender takes. Where others use the machine too, a turn can take 1.5 times as long as
            the next; the median of 15 ratios is then known to about 5 %.
        images: number of images for each batch size: enough that what a call of Keras costs by itself does not count.
        naive_images: for the plain loops.
        predict_images: for prediction.
        sides, filters, counts: of the three series that show how cost grows.
        growth_batch_size: of these series.
        growth_images: number of images of the smallest side and the fewest filters; fewer of larger ones.
        n_candidates: how many of Keras's settings are tried; `None` for all.
    """

    rounds: int = 15
    batch_sizes: tuple[int, ...] = BATCH_SIZES
    images: tuple[int, ...] = (1_000, 4_000, 6_400, 12_800, 12_800)
    naive_images: int = 1
    predict_images: int = 10_000
    predict_batch_sizes: tuple[int, ...] = (32, 128, 256, 1_000)
    sides: tuple[int, ...] = (28, 56, 112)
    filters: tuple[int, ...] = (6, 16, 64)
    counts: tuple[int, ...] = (2_000, 4_000, 8_000)
    growth_batch_size: int = 32
    growth_images: int = 4_000
    n_candidates: int | None = None

    def training(self):
        """Return the training workloads, one for each batch size."""
        return [Workload("train", *pair) for pair in zip(self.batch_sizes, self.images, strict=True)]

    def prediction(self):
        """Return the prediction workloads."""
        return [Workload("predict", batch_size, self.predict_images) for batch_size in self.predict_batch_sizes]

    def growth(self):
        """Return, by what grows, the workloads that show how cost grows with it."""
        batch_size = self.growth_batch_size
        first = Workload("train", batch_size, self.growth_images)

        def fewer(scale):
            return max(batch_size, int(first.n_images / scale) // batch_size * batch_size)

        return {
            "image side": [replace(first, side=side, n_images=fewer((side / 28) ** 2)) for side in self.sides],
            "filters": [
                replace(first, filters=filters, n_images=fewer((filters / 6) ** 1.5)) for filters in self.filters
            ],
            "number of images": [replace(first, n_images=count) for count in self.counts],
        }


QUICK = Plan(
    rounds=2,
    batch_sizes=(1, 8),
    images=(8, 16),
    naive_images=1,
    predict_images=32,
    predict_batch_sizes=(32,),
    sides=(28,),
    filters=(6,),
    counts=(32, 64),
    growth_images=32,
    n_candidates=1,
)

NUMPY = Contender("numpy", "numpy")
NAIVE = Contender("naive", "naive")
KERAS = Contender("keras", "keras")
BLAS = Contender("blas", "blas")


def tuned_candidates(batch_size):
    """Return the documented settings of Keras's `fit` that are tried for one batch size."""
    many = 100 if batch_size == 1 else 10
    tries = [
        {"steps_per_execution": steps, "jit_compile": jit, "threads": threads}
        for jit in (False, True)
        for steps in (None, many)
        for threads in (None, 1)
    ]
    return [Contender("keras-tuned", "keras", **settings) for settings in tries]
