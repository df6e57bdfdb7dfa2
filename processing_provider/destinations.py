"""Checking where results are to be written, before the engine spends an hour on them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qgis.core import NULL, QgsProcessingOutputLayerDefinition, QgsProperty
from qgis.PyQt.QtCore import QCoreApplication

from ..dem_segmenter.errors import OutputError

RASTER_SUFFIXES = (".tif", ".tiff")


def is_set(value: Any) -> bool:
    """Whether a parameter has a value. An unset optional one can be absent, None, NULL or an empty text."""
    if isinstance(value, QgsProcessingOutputLayerDefinition):
        return is_set(value.sink.staticValue()) or value.sink.propertyType() != QgsProperty.Type.StaticProperty
    return value is not None and value != NULL and value != ""


def check(files: Mapping[str, Path], *sources: Path | None) -> None:
    """Check the files that will be written.

    Args:
        files: Name of each output and the file it will be written to.
        sources: The inputs' files; None for one that is no plain file.

    Raises:
        OutputError: A file is an input itself, is asked for twice, or its folder cannot be written to.
    """
    seen: dict[Path, str] = {}
    for name, path in files.items():
        if any(source is not None and same_file(path, source) for source in sources):
            raise OutputError(
                QCoreApplication.translate("DemSegmenter", "{name} would overwrite the input, {path}.").format(
                    name=name, path=path
                ),
                QCoreApplication.translate("DemSegmenter", "Choose another file."),
            )
        place = path.resolve()
        if place in seen:
            raise OutputError(
                QCoreApplication.translate(
                    "DemSegmenter", "{name} and {other} would be written to the same file, {path}."
                ).format(name=seen[place], other=name, path=path),
                QCoreApplication.translate("DemSegmenter", "Choose another file for one of them."),
            )
        seen[place] = name
        folder = path.parent
        if not folder.is_dir():
            raise OutputError(
                QCoreApplication.translate("DemSegmenter", "The folder {folder} does not exist.").format(folder=folder),
                QCoreApplication.translate("DemSegmenter", "Make it, or choose another folder."),
            )
        if not os.access(folder, os.W_OK) or path.is_dir():
            raise OutputError(
                QCoreApplication.translate("DemSegmenter", "{path} cannot be written.").format(path=path),
                QCoreApplication.translate("DemSegmenter", "Choose another folder."),
            )


def check_raster_suffix(name: str, path: str) -> None:
    """Check that a raster is to be a GeoTIFF.

    Raises:
        OutputError: It is to be something else.
    """
    if not path.lower().endswith(RASTER_SUFFIXES):
        raise OutputError(
            QCoreApplication.translate("DemSegmenter", "{name} is to be {path}, and only GeoTIFF is written.").format(
                name=name, path=path
            ),
            QCoreApplication.translate("DemSegmenter", "Let the file's name end in .tif."),
        )


def check_suffix(name: str, path: str, suffix: str) -> None:
    """Check the end of a file's name.

    Args:
        name: The output's name.
        path: The file.
        suffix: What it must end in, such as ``.html``.

    Raises:
        OutputError: It ends in something else.
    """
    if not path.lower().endswith(suffix):
        raise OutputError(
            QCoreApplication.translate("DemSegmenter", "{name} cannot be written to {path}.").format(
                name=name, path=path
            ),
            QCoreApplication.translate("DemSegmenter", "Let the file's name end in {suffix}.").format(suffix=suffix),
        )


def same_file(first: Path, second: Path) -> bool:
    """Whether two paths name one file, links included."""
    try:
        return os.path.samefile(first, second)
    except OSError:
        return os.path.normcase(first.resolve()) == os.path.normcase(second.resolve())
