"""Threads that read ahead: requests overlap with each other, and with the work on their answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from itertools import islice
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class Workers:
    """Threads for the requests of all resources of a run.

    They end when nobody is in the `with` block of this object any more. They end with the program, too, even
    in the middle of a request: `concurrent.futures` would make a failed run wait for answers nobody needs.

    Args:
        count: How many requests may be under way at once. With 1 there are no threads, and all happens in
            the order of the calls.
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
        """Has a job done by the next thread that is free, unless it is cancelled before."""
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
            Thread(target=self._work, daemon=True).start()
        return future

    def _work(self) -> None:
        while job := self._jobs.get():
            job()

    def result_of(self, job: Callable[[], T]) -> Generator[None, None, T]:
        """Yields None until a job is done, then returns its result: `result = yield from result_of(job)`."""
        future = self.submit(job)
        try:
            while not future.done():
                yield None
        finally:
            future.cancel()
        return future.result()

    def in_parallel(self, streams: Iterable[Iterator[T | Iterator[T]]], ahead: int) -> Iterator[T | None]:
        """Yields what several streams yield, in the order of its arrival, and None while nothing has arrived.

        A stream may yield further streams, which are then read like the others.

        Args:
            streams: Each is read by one thread at a time.
            ahead: How many items of a stream are fetched before those fetched earlier have been taken.
        """
        waiting = deque(streams)
        under_way: list[tuple[Iterator[T | Iterator[T]], Future[list[T | Iterator[T]]]]] = []

        def advance(stream: Iterator[T | Iterator[T]]) -> None:
            under_way.append((stream, self.submit(lambda: list(islice(stream, ahead)))))

        try:
            while waiting or under_way:
                while waiting and len(under_way) < self._count:
                    advance(waiting.popleft())
                arrived = [turn for turn in under_way if turn[1].done()]
                if not arrived:
                    yield None
                for turn in arrived:
                    under_way.remove(turn)
                    stream, future = turn
                    items = future.result()
                    if len(items) == ahead:
                        advance(stream)
                    waiting.extendleft(reversed([item for item in items if isinstance(item, Iterator)]))
                    yield from (item for item in items if not isinstance(item, Iterator))
        finally:
            # Whoever stops before the end wants no more of it: after a fault nothing further is requested.
            for _, future in under_way:
                future.cancel()
