"""Asking a store many things at once: each answer of a bucket takes a while, and they do not wait in line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# As many connections as the client of S3 keeps open.
AT_ONCE = 16
_AHEAD = 8 * AT_ONCE


def in_parallel(ask: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
    """Yield the answers in the order of the items; the first error ends it.

    Only some are asked ahead of the answer that is waited for, so that a million items need little memory.
    """
    waiting = iter(items)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked: list[Future[Answer]] = [pool.submit(ask, item) for item in islice(waiting, _AHEAD)]
        try:
            while asked:
                yield asked.pop(0).result()
                asked.extend(pool.submit(ask, item) for item in islice(waiting, 1))
        finally:
            for future in asked:
                future.cancel()
