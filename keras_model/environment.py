"""What Keras runs on: versions, threads, devices."""

import keras
import tensorflow


def set_threads(n_threads):
    """Let TensorFlow use `n_threads` threads within an operation and between operations.

    Args:
        n_threads: a positive whole number, or `None` for TensorFlow's own choice, one thread per core.

    Raises:
        RuntimeError: if TensorFlow has started already with another number.
    """
    if n_threads is None:
        return
    tensorflow.config.threading.set_intra_op_parallelism_threads(n_threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(n_threads)


def describe_environment():
    """Return versions, threads (0 is TensorFlow's own choice) and devices, as plain values for a JSON file."""
    return {
        "keras": keras.__version__,
        "tensorflow": tensorflow.__version__,
        "backend": keras.backend.backend(),
        "intra_op_threads": tensorflow.config.threading.get_intra_op_parallelism_threads(),
        "inter_op_threads": tensorflow.config.threading.get_inter_op_parallelism_threads(),
        "devices": [device.device_type for device in tensorflow.config.list_physical_devices()],
    }
