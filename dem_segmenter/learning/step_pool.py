"""Batches of chips that are a function of the seed, the step and the process, wherever a run begins."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch

from ..elevation.encoding import Encoding
from .chips import View, ViewSource, cut_chip, stacked
from .prefetch import ChipBatch, Prefetched

#: Encoded views held at a time, at least, and chips cut from one, on average, before another takes its place.
VIEWS, CHIPS_PER_VIEW = 32, 16

# What a stream of chance is for; different numbers make different streams of one seed.
_VIEW, _CUT, _MASK = 0, 1, 2


def views_held(batch_size: int) -> int:
    """How many encoded views are held at a time: no fewer than a step draws, which would be for nothing."""
    return max(VIEWS, -(-batch_size // CHIPS_PER_VIEW))


def views_by(step: int, batch_size: int) -> int:
    """How many views have been drawn when the batch of a step is cut.

    Two a step until there are as many as are held, then at the steady rate at which chips use them up.
    """
    rate = batch_size / CHIPS_PER_VIEW
    first = max(2.0, rate)
    filled = int(np.ceil(views_held(batch_size) / first))  # steps until the pool is full
    if step < filled:
        return int((step + 1) * first)
    return int(filled * first) + int((step + 1 - filled) * rate)


def mask_noise(seed: int, step: int, rank: int, shape: tuple[int, int]) -> torch.Tensor:
    """What decides which patches are hidden in a step: ``shape float32`` on the CPU, the same on every device."""
    state = int(np.random.SeedSequence([seed, rank, _MASK, step]).generate_state(1, np.uint64)[0] >> np.uint64(1))
    return torch.rand(shape, generator=torch.Generator().manual_seed(state))


class StepPool(Prefetched):
    """Batches from a step on; the one of a step is the same whether the run was cut off before it or not.

    Each view and each batch has a stream of chance of its own, so views can be drawn by several threads at once.
    """

    def __init__(
        self,
        source: ViewSource,
        *,
        tile: int,
        batch_size: int,
        seed: int,
        rank: int = 0,
        start: int = 0,
        workers: int = 1,
        encoding: Encoding | None = None,
    ) -> None:
        """Start making batches.

        Args:
            source: Where views come from.
            tile: Side of a chip in pixels.
            batch_size: Chips a batch.
            seed: Of the run.
            rank: Number of this process.
            start: Step of the first batch.
            workers: Threads that draw views.
            encoding: What finishes the chips that are cut from views; None: they are finished.
        """
        self._source, self._tile, self._batch_size = source, tile, batch_size
        self._key, self._start, self._encoding = (seed, rank), start, encoding
        self._threads = ThreadPoolExecutor(max(1, workers), "views")
        super().__init__(self._batches())

    def _draw(self, number: int) -> View:
        return self._source.draw(np.random.default_rng([*self._key, _VIEW, number]))

    def _batches(self) -> Iterator[ChipBatch]:
        pool: deque[View] = deque(maxlen=views_held(self._batch_size))
        coming: deque[Future[View]] = deque()
        drawn = max(0, views_by(self._start, self._batch_size) - views_held(self._batch_size))
        step = self._start
        try:
            while True:
                wanted = views_by(step, self._batch_size)
                # The next steps' views are begun before they are asked for.
                ahead = views_by(step + 2, self._batch_size)
                while drawn < ahead:
                    coming.append(self._threads.submit(self._draw, drawn))
                    drawn += 1
                while drawn - len(coming) < wanted:
                    pool.append(coming.popleft().result())
                rng = np.random.default_rng([*self._key, _CUT, step])
                picks = rng.integers(len(pool), size=self._batch_size)
                yield stacked([cut_chip(pool[i], self._tile, rng, 0.0) for i in picks], self._encoding)
                step += 1
        finally:
            self._threads.shutdown(wait=True, cancel_futures=True)
