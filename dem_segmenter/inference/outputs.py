"""Where outputs go: checked before any work, written beside their place, moved there when all of them are complete."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

from .. import runtime
from ..errors import OptionError, OutputError
from ..events import Reporter
from . import leftovers

#: Endings an output may have.
SUFFIXES: dict[str, tuple[str, ...]] = {
    "raster": (".tif", ".tiff"),
    "vector": (".gpkg",),
    "report": (".html", ".htm"),
    "metrics": (".json",),
    "model": (".safetensors",),
}

#: Written beside an output by GDAL, QGIS and SQLite; those of a replaced file would describe the old one.
SIDECARS = (".aux.xml", ".ovr", ".msk", "-wal", "-shm", "-journal")

#: Bytes of a file's name: file systems take 255, and scratch files and sidecars have longer ones.
LONGEST_NAME = 230

#: Where QGIS keeps styles that were saved "in the database".
STYLES = "layer_styles"


class Outputs:
    """The outputs of one run, all or none.

    A context manager: each output folder gets one scratch folder, announced to the reporter and removed at the end
    whatever happens.
    """

    def __init__(self, paths: Mapping[str, tuple[Path, str]], protected: Iterable[Path], reporter: Reporter) -> None:
        """Check the paths and make the scratch folders.

        Args:
            paths: Name of each output to its path and kind (a key of `SUFFIXES`).
            protected: Files that must not be overwritten: the DEM and what it is made of, the heads.
            reporter: Told of every scratch folder before it exists.

        Raises:
            OutputError: A folder does not exist or cannot be written, or a path is taken by an input or by a GeoPackage
                of several layers.
            OptionError: Two outputs share a path, or an ending is not supported.
        """
        self.paths = {name: Path(os.path.abspath(path)) for name, (path, _) in paths.items()}
        self._scratch: dict[Path, Path] = {}
        self._locks: list[IO[bytes] | None] = []
        for name, (path, kind) in paths.items():
            if Path(path).suffix.lower() not in SUFFIXES[kind]:
                raise OptionError(
                    f"The {name} output '{path}' has the wrong ending.", f"Use {' or '.join(SUFFIXES[kind])}."
                )
        self._check_unique(list(protected))
        try:
            for path in self.paths.values():
                self._prepare(path, reporter)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Outputs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove the scratch folders."""
        for folder in self._scratch.values():
            shutil.rmtree(folder, ignore_errors=True)
        self._scratch.clear()
        for lock in self._locks:
            if lock is not None:
                lock.close()
        self._locks.clear()

    def scratch(self, name: str, prefix: str = "") -> Path:
        """Where output ``name`` is written until it is complete; ``prefix`` for a file on the way to it."""
        path = self.paths[name]
        return self._scratch[path.parent] / (prefix + path.name)

    def require_space(self, needed: Mapping[str, int]) -> None:
        """Check the free space of every disk before hours are spent on it.

        Args:
            needed: Bytes each output will surely take, scratch files included.

        Raises:
            OutputError: A disk has less.
        """
        by_disk: dict[int, tuple[int, Path]] = {}
        for name, count in needed.items():
            folder = self.paths[name].parent
            disk = os.stat(folder).st_dev
            by_disk[disk] = (by_disk.get(disk, (0, folder))[0] + count, folder)
        for count, folder in by_disk.values():
            free = shutil.disk_usage(folder).free
            if free < count:
                raise OutputError(
                    f"The disk that holds '{folder}' is full or nearly so: {_size(free)} free, about "
                    f"{_size(count)} needed.",
                    "Free some space or choose an output folder on another disk.",
                )

    def require_replaceable(self) -> None:
        """Check that what stands in the outputs' places can be replaced, before hours are spent.

        Raises:
            OutputError: Another program holds a file open (on Windows), such as QGIS an earlier result.
        """
        for path in self.paths.values():
            if path.exists():
                _replace(path, path)

    def publish(self) -> dict[str, Path]:
        """Move every output to its name; what stood there before goes only now.

        Returns:
            Name to final path.

        Raises:
            OutputError: A file cannot be replaced, usually because another program holds it open (on Windows).
        """
        for name, path in self.paths.items():
            if not self.scratch(name).is_file():
                raise OutputError(f"'{path}' was not written.", "Nothing was replaced. Please report this.")
        self.require_replaceable()  # before the first output has been moved
        for name, path in self.paths.items():
            _replace(self.scratch(name), path)
            for ending in SIDECARS:
                made, kept = (p.with_name(p.name + ending) for p in (self.scratch(name), path))
                if made.is_file():  # GDAL keeps there what the format cannot hold, such as a CRS of one's own
                    _replace(made, kept)
                else:
                    kept.unlink(missing_ok=True)
        return dict(self.paths)

    def _check_unique(self, protected: list[Path]) -> None:
        seen: dict[str, str] = {}
        for name, path in self.paths.items():
            real = os.path.normcase(os.path.realpath(path))
            if real in seen:
                raise OptionError(
                    f"The outputs {seen[real]} and {name} have the same path '{path}'.", "Give each its own file."
                )
            seen[real] = name
            for source in protected:
                if os.path.normcase(os.path.realpath(source)) == real or _same_file(source, path):
                    raise OutputError(
                        f"The {name} output '{path}' is one of the input files.", "Choose another output file."
                    )

    def _prepare(self, path: Path, reporter: Reporter) -> None:
        folder = path.parent
        if len(os.fsencode(path.name)) > LONGEST_NAME:
            raise OutputError(
                f"The name of the output '{path.name[:40]}...' is too long.", f"Use {LONGEST_NAME} letters or fewer."
            )
        if not folder.is_dir():
            raise OutputError(f"The output folder '{folder}' does not exist.", "Make it, or choose another folder.")
        if path.is_dir():
            raise OutputError(f"'{path}' is a folder.", "Give the output a file name.")
        layers = layers_of(path) if path.suffix.lower() in SUFFIXES["vector"] else []
        if len(layers) > 1:
            raise OutputError(
                f"'{path}' holds several layers ({', '.join(layers)}), and all of them would be replaced.",
                "Choose a file of its own for this output.",
            )
        if folder in self._scratch:
            return
        leftovers.remove(folder)
        made = folder / f"{leftovers.PREFIX}{secrets.token_hex(6)}{leftovers.SUFFIX}"
        reporter.scratch(made)  # first, so that no kill can come in between
        try:
            made.mkdir()
        except OSError as error:
            raise OutputError(
                f"The output folder '{folder}' cannot be written to: {error.strerror or error}.",
                "Choose a folder you may write to.",
            ) from error
        self._scratch[folder] = made
        self._locks.append(leftovers.hold(made))


def layers_of(path: Path) -> list[str]:
    """Names of what a GeoPackage holds, rasters and tables too, but for QGIS's styles; none where it is none."""
    if not path.is_file():
        return []
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT table_name FROM gpkg_contents ORDER BY table_name").fetchall()
    except sqlite3.Error:
        return []
    return [str(name) for (name,) in found if name != STYLES]


def _same_file(one: Path, other: Path) -> bool:
    """Hard links and case-insensitive file systems."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _replace(source: Path, target: Path) -> None:
    try:
        runtime.replace_file(source, target)
    except OSError as error:
        raise OutputError(
            f"'{target}' cannot be replaced: {error.strerror or error}.",
            "Close programs that have it open (in QGIS, remove the layer), or choose another name.",
        ) from error


def _size(count: int) -> str:
    for unit, divisor in (("kB", 1e3), ("MB", 1e6)):
        if count < 1e4 * divisor:
            return f"{count / divisor:,.0f} {unit}"
    return f"{count / 1e9:,.0f} GB"
