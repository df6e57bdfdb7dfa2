"""The encoders there are, and which one a user's words mean."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingFeedback
from qgis.PyQt.QtCore import QCoreApplication

from ..dem_segmenter.errors import DemSegmenterError, ModelFileError
from ..dem_segmenter.modelfiles import card
from .heads import model_folders, own_folder


@dataclass(frozen=True)
class Encoder:
    """An encoder's file and what its card says.

    Attributes:
        name: The name it is chosen by.
        title: A few words for people.
        path: Its file.
    """

    name: str
    title: str
    path: Path


def installed_encoders() -> list[Encoder]:
    """All encoders in `model_folders` and in the plugin; the first of a name wins, as in the engine."""
    encoders: dict[str, Encoder] = {}
    for path in card.installed_models(model_folders()):
        try:
            encoder = read_encoder(Path(path))
        except DemSegmenterError:
            continue
        encoders.setdefault(encoder.name, encoder)
    return list(encoders.values())


def read_encoder(path: Path) -> Encoder:
    """Read an encoder's card.

    Args:
        path: A ``.safetensors`` file.

    Raises:
        ModelFileError: It is no model file, is damaged, or holds a head.
    """
    content = card.read_card(path)
    if content.kind != "encoder":
        raise ModelFileError(
            QCoreApplication.translate("DemSegmenter", "{path} is a head and not an encoder.").format(path=path),
            QCoreApplication.translate("DemSegmenter", "Choose an encoder, or none to take the plugin's own."),
        )
    return Encoder(content.name, content.title or content.name, path)


def of_head(path: Path) -> Path | None:
    """The installed encoder that a head was trained on; None if it is not installed.

    Args:
        path: The head's file.

    Raises:
        ModelFileError: The head's file is unusable.
    """
    found = card.find_encoder(card.read_card(path), [path.parent, *model_folders()])
    return Path(found) if found is not None else None


def resolve(value: Any) -> Encoder:
    """The encoder that a parameter value means.

    Args:
        value: An encoder's name, or the path of an encoder file.

    Raises:
        ModelFileError: There is no such encoder, or its file is unusable.
    """
    text = os.fspath(value) if isinstance(value, os.PathLike) else str(value).strip()
    path = Path(os.path.expanduser(text))
    if path.is_file():
        return read_encoder(Path(os.path.abspath(path)))
    encoders = installed_encoders()
    for encoder in encoders:
        if text.lower() in (encoder.name.lower(), encoder.title.lower()):
            return encoder
    if path.suffix.lower() == card.SUFFIX or os.sep in text or "/" in text:
        message = QCoreApplication.translate("DemSegmenter", "The encoder file {path} does not exist.").format(
            path=text
        )
    else:
        message = QCoreApplication.translate("DemSegmenter", "There is no encoder called {name}.").format(name=text)
    raise ModelFileError(
        message,
        QCoreApplication.translate(
            "DemSegmenter", "Choose an installed one ({names}) or give the path of an encoder file ({suffix})."
        ).format(names=", ".join(encoder.name for encoder in encoders), suffix=card.SUFFIX),
    )


def say_how_to_use(encoder: Path, feedback: QgsProcessingFeedback) -> None:
    """After a new encoder was written: how to train a head on it."""
    installed = {each.path.resolve(): each.name for each in installed_encoders()}
    name = installed.get(encoder.resolve())
    if name is not None:
        feedback.pushInfo(
            QCoreApplication.translate(
                "DemSegmenter",
                "The new encoder is installed: choose {name} as encoder when you train a head from labels.",
            ).format(name=name)
        )
    else:
        feedback.pushInfo(
            QCoreApplication.translate(
                "DemSegmenter",
                "To use the new encoder, choose the file {path} as encoder when you train a head from labels. Saved in "
                "{folder}, it would be offered by name.",
            ).format(path=encoder, folder=own_folder())
        )
