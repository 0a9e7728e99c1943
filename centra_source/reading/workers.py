"""Threads that read ahead: requests overlap with each other, and with the work on their answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Split(Generic[T]):
    """What a stream yields to have other streams read next, each by a thread of its own."""

    streams: tuple[Stream[T], ...]


Stream: TypeAlias = Iterator[T | Split[T]]
"""What one thread at a time reads: a generator that sends a request for each of its items."""


class Workers:
    """Threads for the requests of all resources of a run.

    They end when the last `with` block of this object ends. They also end with the program, even in the
    middle of a request: `concurrent.futures` would make a failed run wait for answers that nobody needs.

    Args:
        count: How many requests may be in flight at once. With 1 there are no threads, and everything happens
            in the order of the calls.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._started = self._users = 0
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def __enter__(self) -> Workers:
        self._users += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._users -= 1
        if not self._users:
            for _thread in range(self._started):
                self._jobs.put(None)
            self._started = 0

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Runs a job in the next free thread, unless its future is cancelled before."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(job())
            except BaseException as error:
                future.set_exception(error)

        if self._count == 1:
            run()
            return future
        self._jobs.put(run)
        if self._started < self._count:
            self._started += 1
            Thread(target=self._run_jobs, daemon=True).start()
        return future

    def _run_jobs(self) -> None:
        while job := self._jobs.get():
            job()

    def wait_for(self, job: Callable[[], T]) -> Generator[None, None, T]:
        """Yields None until a job is done, then returns its result: `result = yield from wait_for(job)`."""
        future = self.submit(job)
        try:
            while not future.done():
                yield None
        finally:
            future.cancel()
        return future.result()

    def read_parallel(self, streams: Iterable[Stream[T]], ahead: int) -> Iterator[T | None]:
        """Yields the items of several streams in the order of their arrival, and None while none has arrived.

        Args:
            streams: Each is read by one thread at a time.
            ahead: How many items of a stream are fetched before the earlier ones have been taken.
        """
        waiting = deque(streams)
        in_flight: list[tuple[Stream[T], Future[list[T | Split[T]]]]] = []

        def advance(stream: Stream[T]) -> None:
            in_flight.append((stream, self.submit(lambda: list(islice(stream, ahead)))))

        try:
            while waiting or in_flight:
                while waiting and len(in_flight) < self._count:
                    advance(waiting.popleft())
                arrived = [turn for turn in in_flight if turn[1].done()]
                if not arrived:
                    yield None
                for turn in arrived:
                    in_flight.remove(turn)
                    stream, future = turn
                    items = future.result()
                    if len(items) == ahead:
                        advance(stream)
                    parts = [part for item in items if isinstance(item, Split) for part in item.streams]
                    waiting.extendleft(reversed(parts))
                    yield from (item for item in items if not isinstance(item, Split))
        finally:
            # A caller that stops early wants no more items: after an error nothing further is requested.
            for _, future in in_flight:
                future.cancel()
