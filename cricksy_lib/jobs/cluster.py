"""Dask's side of a batch: a cluster of this machine or an existing one, and what can go wrong with either."""

from __future__ import annotations

import asyncio
import logging
import secrets
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import dask
from distributed import Client, Future, LocalCluster, Security
from distributed.comm.addressing import parse_address, parse_host_port
from distributed.comm.core import connect

from cricksy_lib.errors import ClusterError, StoreError, UsageError
from cricksy_lib.jobs import dask_task
from cricksy_lib.jobs.dask_task import HandBack, Task
from cricksy_lib.jobs.taking import Taken

logger = logging.getLogger(__name__)

_CONNECT_S = 10.0
_LEAST_TTL_S = 10.0
_LOOPBACK = "127.0.0.1"
_SECURED = ("tls", "wss")
_SCHEMES = ("tcp", "ws", *_SECURED)
_LAST_PORT = 65535
_CLOSED = ("closing", "closed")  # a client that gave its scheduler up answers with AttributeError
Result = tuple[Taken, StoreError | None]


class Cluster:
    """Workers that take jobs for one batch.

    Parameters
    ----------
    client : a connected client.
    where : what to call the cluster in messages.
    embedded : whether the batch started it.
    """

    def __init__(self, client: Client, where: str, embedded: bool) -> None:
        self.run = f"cricksy-{secrets.token_hex(8)}"
        self.embedded = embedded
        self._client = client
        self._where = where
        self._tasks = 0
        self._shown = 0

    def start(self, wait_s: float) -> None:
        """Wait for the first worker, and teach all workers to hand back.

        Raises
        ------
        ClusterError
            If none comes in time.
        """
        with self._typed():
            self._client.register_plugin(HandBack(self.embedded), name=dask_task.PLUGIN)
        try:
            self._client.wait_for_workers(1, timeout=wait_s)
        except (TimeoutError, OSError) as error:
            raise ClusterError(
                f"No Dask worker came to {self._where} within {wait_s:g} seconds.",
                "Start some with 'dask worker ADDRESS --nthreads 1', or leave --scheduler out.",
            ) from error

    def slots(self) -> int:
        """Return how many jobs can be worked on at once: one for each worker.

        Raises
        ------
        ClusterError
            If the scheduler is lost.
        """
        if self._client.status != "running":
            raise self._lost()
        with self._typed():
            return len(self._client.nthreads())

    def submit(self, task: Task, over: Callable[[], None]) -> Future:
        """Hand a task over; ``over`` is called at its end.

        Dask is not asked to try again: whether there is a next time, the store says.
        """
        self._tasks += 1
        key = f"{task.run}-{task.job_id}-{self._tasks}"
        future = self._client.submit(dask_task.work_on, task, key=key, pure=False, retries=0)
        future.add_done_callback(lambda _: over())
        return future

    def result(self, future: Future) -> Result | None:
        """Return what came of a task that is over; None if it was lost with its worker."""
        if future.status == "finished":
            with suppress(OSError, asyncio.TimeoutError, asyncio.CancelledError):
                told: Result = future.result(timeout=_CONNECT_S)
                return told
            return None
        error = future.exception(timeout=_CONNECT_S) if future.status == "error" else None
        logger.warning("A Dask worker was lost: %s", type(error).__name__ if error else future.status)
        return None

    def stop_workers(self) -> None:
        """Ask all workers to hand back what they have of this batch; a lost connection has told them so."""
        # RuntimeError is Dask's word for a connection pool that was closed meanwhile.
        with suppress(OSError, asyncio.TimeoutError, RuntimeError), self._unless_closed():
            self._client.run(dask_task.stop_run, self.run, on_error="ignore")

    def show_log(self, show: Callable[[int, str], None]) -> None:
        """Show the lines that the workers logged since the last time."""
        events: tuple[Any, ...] = ()
        try:
            with self._unless_closed():
                events = tuple(self._client.get_events(self.run))
        except (TimeoutError, OSError, RuntimeError) as error:  # `slots` says so, and ends the batch
            logger.debug("The workers' lines cannot be read: %s", error)
            return
        for _, event in events[self._shown :]:
            if isinstance(event, dict) and isinstance(event.get("line"), str):
                show(int(event.get("level", logging.INFO)), event["line"])
        self._shown = max(self._shown, len(events))

    @contextmanager
    def _unless_closed(self) -> Iterator[None]:
        """Pass over what a client says that gave its scheduler up meanwhile: `slots` ends the batch."""
        try:
            yield
        except AttributeError:
            if self._client.status not in _CLOSED:
                raise

    @contextmanager
    def _typed(self) -> Iterator[None]:
        try:
            yield
        except (TimeoutError, OSError, RuntimeError, asyncio.CancelledError) as error:
            raise self._lost() from error

    def _lost(self) -> ClusterError:
        return ClusterError(
            f"The connection to {self._where} is lost.",
            "Its workers hand their jobs back, or lose them after a lease: start the batch again.",
        )


@contextmanager
def open_cluster(workers: int, scheduler: str | None, lease_s: float) -> Iterator[Cluster]:
    """Start worker processes on this machine, or connect to an existing scheduler.

    The scheduler and workers of this machine listen on loopback alone, under TLS with keys made for this run:
    whoever can talk to them could run code as this user. None of them serves a page. A worker that is silent
    for a lease counts as lost, as its job does.

    Raises
    ------
    ClusterError
        If there is no scheduler at the address.
    """
    options: dict[str, Any] = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.scheduler.worker-ttl": f"{max(lease_s, _LEAST_TTL_S)}s",
        "distributed.worker.memory.spill": False,
        # Not even the pages that each of them serves without being asked.
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
    }
    with dask.config.set(options):
        if scheduler is not None:
            with _connected(scheduler) as client:
                yield Cluster(client, f"the Dask scheduler at {scheduler}", embedded=False)
            return
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host=_LOOPBACK,
                dashboard_address=None,
                scheduler_kwargs={"dashboard_address": f"{_LOOPBACK}:0"},
                memory_limit=0,  # our own limit weighs the analysis too, which is no part of the worker
                security=True,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield Cluster(client, "this machine's Dask workers", embedded=True)


def check_address(scheduler: str) -> None:
    """Refuse an address that no scheduler can have, or that Dask's own settings forbid.

    Raises
    ------
    UsageError
        If the address cannot be used.
    """
    scheme, place = parse_address(scheduler)
    try:
        host, port = parse_host_port(place)
        host.encode("idna")
    except ValueError:
        host, port = "", 0
    fits = scheme in _SCHEMES and host and not any(c.isspace() or c in "/@" for c in host)
    if not (fits and 1 <= port <= _LAST_PORT):
        raise UsageError(
            f"The scheduler's address '{scheduler}' cannot be used.",
            "Give it with its port, as in tcp://host:8786 or tls://host:8786.",
        )
    arguments = Security().get_connection_args("client")
    if scheme in _SECURED and arguments["ssl_context"] is None:
        raise UsageError(
            f"The scheduler's address '{scheduler}' asks for TLS, and Dask has no certificates here.",
            "Name them in DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …__CLIENT__CERT and …__CLIENT__KEY.",
        )
    if scheme not in _SECURED and arguments["require_encryption"]:
        raise UsageError(
            f"Dask's settings require encryption, and the scheduler's address '{scheduler}' has none.",
            "Give a tls:// address, or leave out DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION.",
        )


async def _reach(scheduler: str) -> None:
    """Connect once, and hang up."""
    call = await connect(scheduler, timeout=_CONNECT_S, **Security().get_connection_args("client"))
    await call.close()


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        # A client that never connected waits for itself at the interpreter's end, and complains.
        asyncio.run(asyncio.wait_for(_reach(scheduler), _CONNECT_S))
        client = Client(scheduler, timeout=_CONNECT_S, set_as_default=False)
    # Nobody, or one who wants TLS (OSError); else another program, whose answer Dask cannot read.
    except (OSError, ValueError, TypeError, struct.error, MemoryError) as error:
        raise ClusterError(
            f"There is no Dask scheduler at '{scheduler}'.",
            "Check the address, as in tcp://host:8786, and that 'dask scheduler' runs there.",
        ) from error
    try:
        yield client
    finally:
        with suppress(OSError, asyncio.TimeoutError):
            client.close(timeout=2)
