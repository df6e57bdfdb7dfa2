"""Where the tiles of the model grid lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import OptionError

#: More overlap than this multiplies the work without changing the result.
MAX_OVERLAP = 0.9


def tile_starts(size: int, tile: int, overlap: float) -> list[int]:
    """First pixels of the tiles along one axis.

    The last tile is shifted inward to end with the axis, so that no tile hangs over the edge; an axis shorter than a
    tile gets one tile, which the reader pads with unknown pixels.

    Args:
        size: Pixels of the axis.
        tile: Tile side, pixels.
        overlap: Share of a tile that the next one covers again.

    Raises:
        OptionError: The overlap is out of range.
    """
    if not 0.0 <= overlap <= MAX_OVERLAP:
        raise OptionError(f"An overlap of {overlap:g} makes no sense.", f"Use a share from 0 to {MAX_OVERLAP:g}.")
    if size <= tile:
        return [0]
    stride = max(1, tile - round(tile * overlap))
    return [*range(0, size - tile, stride), size - tile]


@dataclass(frozen=True)
class TileLayout:
    """Tiles over a model grid.

    Attributes:
        rows: Rows of the grid.
        cols: Columns of the grid.
        tile: Tile side, pixels.
        row_starts: First rows of the tile rows.
        col_starts: First columns of the tile columns.
    """

    rows: int
    cols: int
    tile: int
    row_starts: tuple[int, ...]
    col_starts: tuple[int, ...]

    @classmethod
    def make(cls, rows: int, cols: int, tile: int, overlap: float) -> TileLayout:
        """Lay tiles over ``rows`` x ``cols`` pixels; raises as `tile_starts`."""
        return cls(rows, cols, tile, tuple(tile_starts(rows, tile, overlap)), tuple(tile_starts(cols, tile, overlap)))

    def __len__(self) -> int:
        """Number of tiles."""
        return len(self.row_starts) * len(self.col_starts)

    def finished_rows(self, index: int) -> int:
        """Rows of the grid that no tile below tile row ``index`` touches any more, counted from the top."""
        return self.row_starts[index + 1] if index + 1 < len(self.row_starts) else self.rows

    def groups(self, count: int) -> Iterator[tuple[int, ...]]:
        """Neighbouring tile columns, at most ``count`` at a time."""
        for first in range(0, len(self.col_starts), count):
            yield self.col_starts[first : first + count]
