"""What a worker process sets in its library before it measures, and what the library tells of itself."""

import contextlib
import importlib
import os
from collections.abc import Iterator

from harness.bench.plan import Contender
from harness.experiments.model_names import BACKENDS
from numpy_model.config import usable_cores

# `torch.compile` translates again for every network and batch size, and gives up after 8 times if nothing is said.
MOST_TRANSLATIONS = 100


@contextlib.contextmanager
def library_set_up(contender: Contender) -> Iterator[None]:
    """Import the library of a contender, with its threads, and keep its settings while the body runs."""
    with contextlib.ExitStack() as stack:
        if contender.is_keras:
            set_up_keras(contender, stack)
        elif contender.library == "torch":
            set_up_torch(contender)
        elif contender.library == "jax":
            os.environ["JAX_PLATFORMS"] = "cpu"
        elif contender.threads:
            import numpy_model

            numpy_model.config.set_threads(contender.threads)
        yield


def set_up_keras(contender: Contender, stack: contextlib.ExitStack) -> None:
    """Import Keras on the backend of a contender, with its threads, in float32 until the stack is closed."""
    os.environ["KERAS_MODEL_BACKEND"] = BACKENDS.get(contender.library, "tensorflow")
    import keras_model
    from keras_model.settings import keras_settings

    keras_model.set_threads(usable_cores() if contender.library == "keras-torch" else contender.threads)
    stack.enter_context(keras_settings("float32"))


def set_up_torch(contender: Contender) -> None:
    """Import PyTorch, with the threads of a contender: one for each core if it names none.

    Left to itself, PyTorch takes as many as `MKL_NUM_THREADS` says, which every command sets to one for NumPy.
    """
    import torch

    torch.set_num_threads(contender.threads or usable_cores())
    torch._dynamo.config.recompile_limit = MOST_TRANSLATIONS


def environment_of(contender: Contender) -> dict[str, object]:
    """Return versions and threads of the library of a contender, as plain values for a JSON file."""
    if contender.is_keras:
        import keras_model

        return keras_model.describe_environment()
    library = importlib.import_module(contender.library)
    if contender.library == "torch":
        return {"torch": library.__version__, "threads": library.get_num_threads()}
    return {"jax": library.__version__, "devices": [device.platform.upper() for device in library.devices()]}
