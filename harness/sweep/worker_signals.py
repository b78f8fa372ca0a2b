"""Loaded into each worker of this machine: Ctrl-C reaches the sweep, which stops its workers, and not them too."""

import signal


def dask_setup(worker) -> None:
    """Ignore Ctrl-C; Dask calls this when a worker has started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
