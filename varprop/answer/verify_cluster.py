"""Where a sweep runs: threads of this process, any executor, or the workers of a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from varprop.errors import BadInput

PATIENCE = "10s"
"""How long a scheduler may take to answer."""

RETRIES = 3
"""How often an experiment is begun again whose worker was lost."""


@contextmanager
def workers(
    executor: Executor | None = None, threads: int | None = None, dask: str | None = None
) -> Iterator[Executor]:
    """Yield the executor given, that of a Dask scheduler's address, or one of threads.

    Raises BadInput when more than one is asked for, and as ``dask_workers`` does.
    """
    if sum(asked is not None for asked in (executor, threads, dask)) > 1:
        raise BadInput("threads, an executor and a Dask cluster exclude each other: choose one.")
    if threads is not None and threads < 1:
        raise BadInput(f"{threads} threads can't work: give 1 or more.")
    if executor is not None:
        yield executor
    elif dask is not None:
        with dask_workers(dask) as pool:
            yield pool
    else:
        with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
            yield pool


@contextmanager
def dask_workers(address: str) -> Iterator[Executor]:
    """Yield an executor whose work is done by the cluster at ``address``, host:port.

    An experiment whose worker dies is begun again on another one, with the same random numbers.
    Raises BadInput where ``distributed`` is not installed and where no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise BadInput(
            "--dask needs the package distributed: pip install 'varprop[distributed]'."
        ) from error
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(
            f"--dask {address}: no scheduler answers there ({_first_line(error)}). Start one with "
            "dask scheduler, and give its address, e.g. tcp://127.0.0.1:8786."
        ) from error
    with client, client.get_executor(pure=False, retries=RETRIES) as pool:
        yield pool


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
