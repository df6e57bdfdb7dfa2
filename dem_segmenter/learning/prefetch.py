"""Batches made in a thread of their own while the network works on those before."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import numpy as np

#: Channels ``(B, C, T, T) float32``, target ``(B, T, T) uint8``, valid ``(B, T, T) bool``.
ChipBatch = tuple[np.ndarray, np.ndarray, np.ndarray]


class Prefetched:
    """An endless iterator of batches, run in a thread."""

    def __init__(self, batches: Iterator[ChipBatch], ahead: int = 6) -> None:
        """Start the thread.

        Args:
            batches: Never ends; what it raises is raised by `next`.
            ahead: Batches made beforehand.
        """
        self._queue: queue.Queue[ChipBatch | Exception] = queue.Queue(maxsize=ahead)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._fill, args=(batches,), name="chips", daemon=True)
        self._thread.start()

    def _fill(self, batches: Iterator[ChipBatch]) -> None:
        try:
            for batch in batches:
                while not self._stop.is_set():
                    try:
                        self._queue.put(batch, timeout=0.5)
                        break
                    except queue.Full:
                        continue
                if self._stop.is_set():
                    return
        except Exception as error:  # handed to whoever asks for the next batch
            self._queue.put(error)

    def next(self) -> ChipBatch:
        """The next batch: channels ``(B, C, T, T) float32``, target ``(B, T, T) uint8``, valid ``(B, T, T) bool``."""
        item = self._queue.get()
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()

    def join(self, timeout: float) -> bool:
        """After `close`: wait for the thread to end, for so many seconds; whether it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()
