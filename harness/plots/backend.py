"""matplotlib, imported whatever backend the environment names: figures are drawn without one.

Jupyter exports `MPLBACKEND` for its own backend, and matplotlib refuses to be imported where that is not installed.
"""

import contextlib
import os

_named = os.environ.pop("MPLBACKEND", None)
import matplotlib  # noqa: E402 - without the variable

if _named is not None:
    os.environ["MPLBACKEND"] = _named
    with contextlib.suppress(ValueError):
        matplotlib.rcParams["backend"] = _named  # a notebook keeps its own
