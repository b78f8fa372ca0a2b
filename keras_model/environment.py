"""What Keras runs on: versions, threads, devices."""

import importlib
from types import ModuleType

import keras


def set_threads(n_threads: int | None) -> None:
    """Let TensorFlow or PyTorch use `n_threads` threads within an operation, and TensorFlow as many between operations.

    Args:
        n_threads: a positive whole number, or `None` for the library's own choice. That of TensorFlow is one for each
            core, and that of PyTorch what `MKL_NUM_THREADS` or `OMP_NUM_THREADS` says, and else one for each core.

    Raises:
        RuntimeError: if TensorFlow has started already with another number.
    """
    if n_threads is None:
        return
    if keras.backend.backend() == "torch":
        _backend().set_num_threads(n_threads)
        return
    threading = _backend().config.threading
    threading.set_intra_op_parallelism_threads(n_threads)
    threading.set_inter_op_parallelism_threads(n_threads)


def describe_environment() -> dict[str, object]:
    """Return versions, threads (0 is TensorFlow's own choice) and devices, as plain values for a JSON file."""
    name, library = keras.backend.backend(), _backend()
    found = {"keras": keras.__version__, name: library.__version__, "backend": name}
    if name == "tensorflow":
        threading = library.config.threading
        return found | {
            "intra_op_threads": threading.get_intra_op_parallelism_threads(),
            "inter_op_threads": threading.get_inter_op_parallelism_threads(),
            "devices": [device.device_type for device in library.config.list_physical_devices()],
        }
    if name == "torch":
        devices = ["CPU", *("GPU" for _ in range(library.cuda.device_count()))]
        return found | {
            "intra_op_threads": library.get_num_threads(),
            "inter_op_threads": library.get_num_interop_threads(),
            "devices": devices,
        }
    return found | {"devices": [device.platform.upper() for device in library.devices()]}


def _backend() -> ModuleType:
    return importlib.import_module(keras.backend.backend())
