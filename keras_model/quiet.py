"""Import of Keras without TensorFlow's messages."""

import contextlib
import importlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from types import ModuleType

# What Keras reads when it is imported, and may then fail of. No limit holds here, and NNX, which `keras.json` may ask
# for too, is JAX's alone.
IMPORTED_WITH = {"KERAS_MAX_EPOCHS": None, "KERAS_MAX_STEPS_PER_EPOCH": None, "KERAS_NNX_ENABLED": "false"}
# A flag in it that TensorFlow does not know ends the process, with words on standard error.
MAY_END_IT = "TF_XLA_FLAGS"


@contextlib.contextmanager
def environment(variables: dict[str, str | None]) -> Iterator[None]:
    """Set variables of the environment while the body runs, and take out those that are `None`."""
    before = {name: os.environ.pop(name, None) for name in variables}
    os.environ.update({name: value for name, value in variables.items() if value is not None})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Hold back what the process writes to standard error; show it after all if the body fails.

    TensorFlow's C++ code writes before its log level takes effect, so Python's `sys.stderr` is the wrong place to catch
    it.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile(mode="w+", errors="replace") as held:
        original = os.dup(2)
        os.dup2(held.fileno(), 2)
        failed = False
        try:
            yield
        except Exception:
            failed = True
            raise
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)
            if failed:
                held.seek(0)
                shutil.copyfileobj(held, sys.stderr)


def import_keras(backend: str = "tensorflow") -> ModuleType:
    """Return the keras module, on a backend, with nothing printed, now or of TensorFlow's warnings later.

    Args:
        backend: `"tensorflow"` (the default), `"jax"` or `"torch"`.

    Raises:
        ImportError: if keras or the backend's library is missing or broken.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["KERAS_BACKEND"] = backend
    try:
        quiet = contextlib.nullcontext() if os.environ.get(MAY_END_IT) else quiet_stderr()
        with quiet, environment(IMPORTED_WITH):
            import keras

            library = importlib.import_module(backend)
            if backend == "tensorflow":
                # The first operation starts the runtime, which has its own things to say.
                library.config.list_physical_devices()
                # It warns of functions that are traced again and again; but each is that of a new model.
                logging.getLogger("tensorflow").setLevel(logging.ERROR)
            _check_backend(keras, backend)
    except ImportError:
        raise
    except Exception as error:  # versions that do not go together raise anything
        raise ImportError(f"{type(error).__name__}: {error}") from error
    return keras


def _check_backend(keras: ModuleType, backend: str) -> None:
    if keras.backend.backend() != backend:
        raise ImportError(
            f"keras was imported before with the backend {keras.backend.backend()!r}; "
            f"set KERAS_BACKEND={backend}, or import keras_model first"
        )
