"""Reading ahead: what the network needs next is read, resampled and encoded while it still works on the last batch."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import rasterio
from rasterio.windows import Window

from ..elevation.grid import ModelGrid, read_model_window
from ..elevation.source import DemSource
from .hall_ground import HallGround
from .right_angles import margin, right_angles
from .tiles import TileLayout

#: Input pixels that are handed over at a time; bounds memory where input pixels are much finer.
SLICE_PIXELS = 2_000_000

T = TypeVar("T")


@dataclass(frozen=True)
class TileBatch:
    """Neighbouring tiles of one tile row, ready for the network.

    Attributes:
        tile_row: Index of the tile row.
        cols: First model columns of the tiles.
        channels: ``(n, C, tile, tile) float32``; ``n`` may be 0 where every tile was skipped.
        skipped: Tiles left out because nothing in them is known.
        elevation: ``(h, w) float32, metres``: the window without its margin.
        valid: ``(h, w) bool``: where it is known.
        right_angles: ``(n, tile, tile) float32``, evidence of walls at right angles; None where no class asks for it.
    """

    tile_row: int
    cols: tuple[int, ...]
    channels: np.ndarray
    skipped: int
    elevation: np.ndarray
    valid: np.ndarray
    right_angles: np.ndarray | None = None


@dataclass(frozen=True)
class FinishedRows:
    """Rows of the output window that can be made once everything before this item is blended.

    One or more follow each row of tiles, even where no output row is finished yet (``n`` is 0 then), as the model rows
    above the next row of tiles are.

    Attributes:
        start: First row of the output window.
        elevation: ``(n, output width) float32, metres``.
        valid: ``(n, output width) bool``: where the input is known.
        model_rows: Rows of the model grid that are final by now.
    """

    start: int
    elevation: np.ndarray
    valid: np.ndarray
    model_rows: int


class TileReader:
    """Everything the segmenter reads from the DEM, in the order it needs it.

    Only this object touches the DEM while the run lasts, so that it can do so from a thread of its own.
    """

    def __init__(
        self,
        source: DemSource,
        grid: ModelGrid,
        layout: TileLayout,
        encoding: Any,
        batch_size: int,
        *,
        right_angles: bool = False,
    ) -> None:
        """Plan the run; nothing is read yet.

        Args:
            source: The DEM.
            grid: Its model grid.
            layout: Tiles over that grid.
            encoding: With ``margin``, ``encode`` and ``finish``; see `elevation.encoding.Encoding`.
            batch_size: Most tiles in a batch.
            right_angles: Whether to look for walls at right angles; the encoding must show heights then.
        """
        self._source, self._grid, self._layout, self._encoding = source, grid, layout, encoding
        self._batch_size = batch_size
        self._right_angles = right_angles
        self._margin = int(encoding.margin(grid.ground_resolution))
        if right_angles:
            self._margin = max(self._margin, margin(grid.ground_resolution, max(grid.pixel_size)))
        search = getattr(encoding, "hall_search", None)
        self._halls = HallGround(source, grid, *search) if search else None

    def __iter__(self) -> Iterator[TileBatch | FinishedRows]:
        """Batches, row by row of tiles, each row followed by the output rows it finishes."""
        done = 0
        for index, top in enumerate(self._layout.row_starts):
            for cols in self._layout.groups(self._batch_size):
                yield self._batch(index, top, cols)
            model_rows = self._layout.finished_rows(index)
            ready = self._grid.finished_output_rows(model_rows)
            step = max(1, SLICE_PIXELS // int(self._grid.output.width))
            if ready == done:
                none = np.zeros((0, int(self._grid.output.width)), dtype=np.float32)
                yield FinishedRows(done, none, none.astype(bool), model_rows)
            for start in range(done, ready, step):
                yield self._rows(start, min(start + step, ready), model_rows)
            done = ready

    def _batch(self, index: int, top: int, cols: tuple[int, ...]) -> TileBatch:
        layout, tile, margin = self._layout, self._layout.tile, self._margin
        bottom, left, right = min(top + tile, layout.rows), cols[0], min(cols[-1] + tile, layout.cols)
        row0, row1 = max(0, top - margin), min(layout.rows, bottom + margin)
        col0, col1 = max(0, left - margin), min(layout.cols, right + margin)
        elevation, valid, touched = read_model_window(self._source, self._grid, (row0, row1), (col0, col1))
        kept = tuple(
            col for col in cols if touched[top - row0 : bottom - row0, col - col0 : min(col + tile, right) - col0].any()
        )
        inner = (slice(top - row0, bottom - row0), slice(left - col0, right - col0))
        if not kept:
            nothing = np.empty((0, self._encoding.channels, tile, tile), dtype=np.float32)
            return TileBatch(index, kept, nothing, len(cols), elevation[inner], valid[inner])
        # A grid smaller than a tile is continued with unknown pixels.
        short = (max(0, top + tile - row1), max(0, cols[-1] + tile - col1))
        padded, known = elevation, valid
        padding = ((0, short[0]), (0, short[1]))
        if any(short):
            padded, known = np.pad(elevation, padding), np.pad(valid, padding)
        below = {}
        if self._halls is not None:
            ground = self._halls.below((row0, row1), (col0, col1))
            below["below"] = np.pad(ground, padding, constant_values=np.inf) if any(short) else ground
        encoded = self._encoding.encode(padded, known, self._grid.ground_resolution, **below)
        rows = slice(top - row0, top - row0 + tile)
        channels = np.stack([encoded[:, rows, col - col0 : col - col0 + tile] for col in kept])
        channels = self._encoding.finish(channels, np.stack([known[rows, c - col0 : c - col0 + tile] for c in kept]))
        evidence = None
        if self._right_angles:
            grid = self._grid
            height = self._encoding.height(encoded)
            found = right_angles(padded, known, height, grid.ground_resolution, max(grid.pixel_size))
            evidence = np.stack([found[rows, col - col0 : col - col0 + tile] for col in kept])
        return TileBatch(index, kept, channels, len(cols) - len(kept), elevation[inner], valid[inner], evidence)

    def _rows(self, start: int, stop: int, model_rows: int) -> FinishedRows:
        out = self._grid.output
        elevation, valid = self._source.read(Window(out.col_off, out.row_off + start, out.width, stop - start))
        return FinishedRows(start, elevation, valid, model_rows)


def read_ahead(make: Callable[[], Iterator[T]], depth: int = 1, **environment: Any) -> Generator[T, None, None]:
    """Run an iterator in a thread, ``depth`` items ahead of its consumer.

    Closing this generator stops the thread after the item it is working on, and waits for it.

    Args:
        make: Called in the thread; returns the iterator.
        depth: Items that may wait.
        environment: GDAL options of the thread (rasterio keeps them by thread).

    Yields:
        The iterator's items. An exception in the thread is raised here.
    """
    items: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def put(kind: str, value: Any) -> bool:
        while not stop.is_set():
            try:
                items.put((kind, value), timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            with rasterio.Env(**environment):
                for item in make():
                    if not put("item", item):
                        return
            put("end", None)
        except BaseException as error:  # handed over, and raised where the user is listening
            put("error", error)

    thread = threading.Thread(target=work, name="read-ahead", daemon=True)
    thread.start()
    try:
        while True:
            kind, value = items.get()
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
    finally:
        stop.set()
        thread.join()
