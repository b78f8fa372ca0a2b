"""Typical mistakes of networks from scratch, each planted in a copy of a layer, activation or optimizer.

The copies stand in `layers`, `activations` and `optimizers`: each is right but for one mistake. `library` puts them in
place, and `gallery` says of each mistake where the comparison must find it.
"""

from harness.parity.bugs.gallery import BUGS, NO_BUG, Bug
from harness.parity.bugs.library import library_with

__all__ = ["BUGS", "NO_BUG", "Bug", "library_with"]
