"""Which kernel of OpenBLAS computes here: it chooses one for the processor when it is loaded."""

import ctypes
from pathlib import Path

import numpy as np


def blas_kernel() -> str | None:
    """Return the kernel of the OpenBLAS that comes with NumPy, such as `"Haswell"`, or `None` if NumPy has another."""
    package = Path(np.__file__).parent
    for path in [*(package.parent / "numpy.libs").glob("*openblas*"), *(package / ".dylibs").glob("*openblas*")]:
        library = ctypes.CDLL(str(path))
        for name in ("scipy_openblas_get_corename64_", "scipy_openblas_get_corename"):
            if hasattr(library, name):
                function = getattr(library, name)
                function.restype = ctypes.c_char_p
                return function().decode()
    return None
