"""Dask, which nothing else imports: worker processes here, or those of a scheduler, and cells handed to them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from harness.base.errors import DataError, HarnessError, ModelError, UsageError
from harness.base.text import one_line
from harness.sweep.cell import Outcome, check_worker, run_cell

SECONDS_TO_CONNECT = 8
LOOPBACK = "127.0.0.1"


def check_dask() -> None:
    """Raise `UsageError` unless Dask can be imported."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"Dask is missing: {error}; install it with pip install -r requirements-sweep.txt, or use harness.run"
        ) from error


@contextmanager
def workers_of(scheduler, n_workers) -> Iterator:
    """Hold a Dask client of a scheduler; or of workers of one thread each on this machine, which end with the body.

    Args:
        scheduler: address, such as `tcp://127.0.0.1:8786`; `None` for workers of this machine.
        n_workers: how many of those.

    Raises:
        UsageError: if the scheduler cannot be reached, or has no worker.
    """
    from distributed import Client

    for name in ("distributed", "distributed.client"):  # failures are reported in plainer words
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if scheduler is None:
        with closed_at_last(local_cluster(n_workers)) as cluster, closed_at_last(Client(cluster)) as client:
            yield client
        return
    try:
        client = Client(scheduler, timeout=SECONDS_TO_CONNECT)
    except Exception as error:  # there is no end to what an answer of something else can raise
        raise UsageError(
            f"no scheduler answers at {one_line(scheduler)}: {one_line(error)}; start one with "
            "python -m dask scheduler, and give its address with --scheduler tcp://HOST:PORT"
        ) from error
    with closed_at_last(client):
        if not client.nthreads():
            raise UsageError(
                f"the scheduler at {scheduler} has no worker; start some in the folder of this project, each with "
                f"python -m dask worker {scheduler} --nthreads 1"
            )
        yield client


@contextmanager
def closed_at_last(connection) -> Iterator:
    """Hold a client or a cluster, and close it, in time or not: on a busy machine Dask gives up waiting for an answer.

    Worker processes of a cluster end with this process at the latest.
    """
    try:
        yield connection
    finally:
        with suppress(OSError):
            connection.close()


def local_cluster(n_workers):
    """Return a cluster of worker processes that only this machine can reach, and without a page that shows it."""
    import dask
    from distributed import LocalCluster

    # The scheduler's small web server cannot be left out; so it gets a free port of this machine, and no pages. And
    # Dask has its processes hand back memory as soon as they can, so that Keras must ask for it anew in each step: a
    # step of the network `deeper` at batch size 1 took 4.0 ms instead of 1.5.
    dask.config.set(
        {
            "distributed.scheduler.http.routes": [],
            "distributed.worker.http.routes": [],
            "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
        }
    )
    return LocalCluster(
        n_workers=n_workers,
        threads_per_worker=1,
        processes=True,
        host=LOOPBACK,
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": f"{LOOPBACK}:0", "dashboard": False},
        memory_limit=0,  # what fills the memory is no data of Dask's, so there is nothing that it could do
        preload="harness.sweep.worker_signals",
        silence_logs=logging.CRITICAL,
    )


def check_workers(client, sweep, models, data) -> None:
    """Have every worker check its code and its data.

    Args:
        client: of Dask.
        sweep, models, data: as of `harness.sweep.cell.check_worker`.

    Raises:
        UsageError: if a worker has more than one thread, or other code, or none.
        DataError: if one has other data.
    """
    several = [worker for worker, n_threads in client.nthreads().items() if n_threads != 1]
    if several:
        raise UsageError(
            f"worker {', '.join(several)} has several threads, and trainings in one process would get into each "
            "other's way; start it with --nthreads 1"
        )
    answers = client.run(check_worker_apart, sweep, models, data, on_error="return")
    errors = {worker: error for worker, error in answers.items() if error is not None}
    if errors:
        kind = DataError if all(isinstance(error, DataError) for error in errors.values()) else UsageError
        raise kind("\n".join(f"worker {worker}: {words_of(error)}" for worker, error in errors.items()))


async def check_worker_apart(sweep, models, data) -> None:
    """Check a worker in a thread of its own: it must answer its scheduler while it reads data."""
    import asyncio

    await asyncio.to_thread(check_worker, sweep, models, data)


def words_of(error):
    """Return what is wrong with a worker."""
    if isinstance(error, HarnessError):
        return str(error)
    return f"it cannot take part: {type(error).__name__}: {one_line(error)}; start it in the folder of this project"


def outcomes_of(client, cells, sweep) -> Iterator:
    """Have workers run cells, and yield the `Outcome` of each as it comes in; a dead worker's go to others.

    Raises:
        ModelError: if the scheduler is gone.
    """
    from distributed import as_completed

    # Never pure: a scheduler that others use would answer with what an equal cell came to in an earlier sweep.
    futures = dict(zip(client.map(run_cell, cells, sweep=sweep, pure=False), cells, strict=True))
    completed = as_completed(futures)
    try:
        for future in completed:
            cell = futures.pop(future)
            if future.cancelled():
                raise ModelError(
                    "the scheduler does not answer any more; finished cells are kept, and the same command goes on "
                    "once it is there again"
                )
            error = future.exception()
            yield Outcome(cell, None, words_of(error)) if error else future.result()
            future.release()
    except BaseException:
        client.cancel(list(futures), force=True)
        raise
