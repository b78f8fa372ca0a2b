"""matplotlib, imported whatever backend the environment names: figures are drawn without one.

Jupyter exports `MPLBACKEND` for its own backend, and matplotlib refuses to be imported where that is not installed.
Where it has no folder to write into, it takes one of its own, and need not tell.
"""

import contextlib
import logging
import os

_named = os.environ.pop("MPLBACKEND", None)
_logger = logging.getLogger("matplotlib")
_level = _logger.level
_logger.setLevel(logging.ERROR)
import matplotlib.style  # noqa: E402 - without the variable, and without a word

_logger.setLevel(_level)

if _named is not None:
    os.environ["MPLBACKEND"] = _named
    with contextlib.suppress(ValueError):
        matplotlib.rcParams["backend"] = _named  # a notebook keeps its own
