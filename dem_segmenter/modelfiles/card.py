"""The card inside a model file. Standard library only: QGIS reads cards too.

A safetensors file begins with the header's length (8 bytes, little-endian) and the header (JSON); the header's
``__metadata__`` maps strings to strings. Ours holds one key, ``stac_item``: a STAC item with the MLM extension
(https://github.com/stac-extensions/mlm), whose properties prefixed ``demseg:`` carry what MLM has no field for.
"""

from __future__ import annotations

import json
import math
import os
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ..errors import ModelFileError

SUFFIX = ".safetensors"
MLM_EXTENSION = "https://stac-extensions.github.io/mlm/v1.4.0/schema.json"
#: A header longer than this is no header (safetensors' own limit).
_MAX_HEADER = 100_000_000
_BROKEN = "Get the file again, or choose another."


@dataclass(frozen=True)
class ClassInfo:
    """One class a head finds; background, value 0, is not listed.

    Attributes:
        name: Singular, lower case: ``building``.
        value: Value in a mask, 1..254.
        color: ``#rrggbb``.
    """

    name: str
    value: int
    color: str


@dataclass(frozen=True)
class Card:
    """What a model file says of itself.

    Attributes:
        kind: ``head`` or ``encoder``.
        name: Short name, also the file's: ``buildings``.
        title: For people: "Buildings".
        description: What it was made for and where it fails.
        licence: SPDX name of the weights' licence.
        architecture: Numbers that rebuild the network (see `dem_segmenter.network`).
        encoding: Numbers that rebuild the elevation encoding; encoders only, empty for heads.
        encoder_sha256: For a head, the SHA-256 of the encoder's tensors (see `store.fingerprint`); empty for encoders.
        encoder_name: For a head, the name of that encoder.
        classes: What a head finds.
        ground_resolution: Metres per pixel it is best at.
        ground_resolution_range: Metres per pixel it may run at; rasters outside are resampled to the nearer end.
        tile: Tile side in pixels.
        overlap: Share of a tile that the next one covers again, 0..0.9.
        planarity_bonus: What the logits of a head's classes gain on planes (`network.texture.planarity`); needs the
            relief encoding. Where trees show no leaves (`inference.smooth_surface`), planes gain half and what is on
            none loses half, at the coarsest of the ground resolutions.
        right_angles_bonus: What the logits of a head's classes gain among walls at right angles, times the evidence for
            these (`inference.right_angles`); needs the relief encoding.
        edge_radius: Metres within which probabilities are averaged over pixels of like elevation, so that outlines
            follow the surface's edges (`inference.outlines`); 0 leaves them alone.
        threshold: Probability from which a pixel belongs to the class.
        object_threshold: Probability that an object must reach somewhere to stay in a mask; 0 asks for none.
        min_area: Smaller objects are dropped, square metres.
        max_width: What a disk of more than so many metres fits into is dropped (`inference.widths`); 0 lets classes be
            of any width.
        walled: Share of the outline of objects of 150 m² and more that must be wall (`inference.walls`), or they are
            dropped: earth that is piled up has banks. 0 asks for none.
        other_thresholds: Thresholds at which a raster's mask may be made instead, where its walls surely say so
            (`inference.threshold_choice`).
        batch_size: Tiles run at once on a CPU.
        training_data: Sources and licences, one entry a source.
        metrics: Figures with the test set they were measured on.
        recipe: Everything needed to train it again.
    """

    kind: str
    name: str
    title: str
    description: str = ""
    licence: str = "GPL-3.0-or-later"
    architecture: Mapping[str, Any] = field(default_factory=dict)
    encoding: Mapping[str, Any] = field(default_factory=dict)
    encoder_sha256: str = ""
    encoder_name: str = ""
    classes: tuple[ClassInfo, ...] = ()
    ground_resolution: float = 0.75
    ground_resolution_range: tuple[float, float] = (0.75, 0.75)
    tile: int = 224
    overlap: float = 0.25
    planarity_bonus: float = 0.0
    right_angles_bonus: float = 0.0
    edge_radius: float = 0.0
    threshold: float = 0.5
    object_threshold: float = 0.0
    min_area: float = 0.0
    max_width: float = 0.0
    walled: float = 0.0
    other_thresholds: tuple[float, ...] = ()
    batch_size: int = 8
    training_data: tuple[Mapping[str, Any], ...] = ()
    metrics: tuple[Mapping[str, Any], ...] = ()
    recipe: Mapping[str, Any] = field(default_factory=dict)


#: Card fields that keep their name, prefixed, in the STAC item.
_OWN_FIELDS = (
    "kind",
    "title",
    "licence",
    "encoding",
    "encoder_sha256",
    "encoder_name",
    "ground_resolution",
    "ground_resolution_range",
    "overlap",
    "planarity_bonus",
    "right_angles_bonus",
    "edge_radius",
    "threshold",
    "object_threshold",
    "min_area",
    "max_width",
    "walled",
    "other_thresholds",
    "training_data",
    "metrics",
    "recipe",
)


#: Those of them that are one number.
_NUMBERS = tuple(f.name for f in fields(Card) if f.type == "float")


#: What they and other numbers may be.
_RANGES = {
    "ground_resolution": (1e-3, 1e4),
    "overlap": (0.0, 0.9),
    "planarity_bonus": (-20.0, 20.0),
    "right_angles_bonus": (-20.0, 20.0),
    "edge_radius": (0.0, 100.0),
    "threshold": (0.0, 1.0),
    "object_threshold": (0.0, 1.0),
    "min_area": (0.0, 1e9),
    "max_width": (0.0, 1e6),
    "walled": (0.0, 1e3),
    "tile": (16, 8192),
    "batch_size": (1, 1 << 16),
}


#: Each is a mask of its own while a run lasts.
_MOST_THRESHOLDS = 8


#: Class of each encoding, by the name in a card; a head's card names none, and its encoder's decides.
_ENCODINGS = {"": "Encoding", "relief": "ReliefEncoding", "minmax": "MinMaxEncoding", "colours": "ColourEncoding"}


def to_stac_item(card: Card) -> dict[str, Any]:
    """The card as a STAC item."""
    encoding = str(card.encoding.get("name", ""))
    parameters = int(card.architecture.get("parameters", 0))
    properties: dict[str, Any] = {
        "description": card.description,
        "datetime": None,
        "start_datetime": "1900-01-01T00:00:00Z",
        "end_datetime": "9999-12-31T23:59:59Z",
        "mlm:name": card.name,
        "mlm:architecture": card.architecture.get("type", ""),
        "mlm:framework": "pytorch",
        "mlm:tasks": ["semantic-segmentation"] if card.kind == "head" else ["feature-extraction"],
        "mlm:total_parameters": parameters,
        "mlm:batch_size_suggestion": card.batch_size,
        "mlm:hyperparameters": dict(card.architecture),
        "mlm:input": [
            {
                "name": "elevation",
                "bands": ["elevation"],
                "input": {
                    "shape": [-1, int(card.architecture.get("channels", 0)), card.tile, card.tile],
                    "dim_order": ["batch", "channel", "height", "width"],
                    "data_type": "float32",
                },
                "pre_processing_function": {
                    "format": "python",
                    "expression": f"dem_segmenter.elevation.encoding.{_ENCODINGS.get(encoding, encoding)}.encode",
                },
            }
        ],
        "mlm:output": [
            {
                "name": "probability",
                "tasks": ["semantic-segmentation"],
                "result": {
                    "shape": [-1, len(card.classes) + 1, card.tile, card.tile],
                    "dim_order": ["batch", "class", "height", "width"],
                    "data_type": "float32",
                },
                "classification:classes": [
                    {"value": c.value, "name": c.name, "color_hint": c.color.lstrip("#").upper()} for c in card.classes
                ],
            }
        ]
        if card.kind == "head"
        else [],
    }
    for name in _OWN_FIELDS:
        properties[f"demseg:{name}"] = getattr(card, name)
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [MLM_EXTENSION],
        "id": card.name,
        "geometry": None,
        "properties": properties,
        "links": [],
        "assets": {},
    }


def from_stac_item(item: Mapping[str, Any], path: Path | str = "") -> Card:
    """Read a card back.

    Raises:
        ModelFileError: The item is not one of ours.
    """
    try:
        properties = item["properties"]
        own = {name: properties[f"demseg:{name}"] for name in _OWN_FIELDS if f"demseg:{name}" in properties}
        if own["kind"] not in ("head", "encoder"):
            raise ValueError(own["kind"])
        outputs = properties["mlm:output"]
        classes = outputs[0]["classification:classes"] if outputs else []
        for name in _NUMBERS:
            if name in own:
                own[name] = float(own[name])
        low, high = (float(v) for v in own["ground_resolution_range"])
        own.update(
            ground_resolution_range=(low, high),
            other_thresholds=tuple(float(t) for t in own.get("other_thresholds", ())),
            training_data=tuple(own.get("training_data", ())),
            metrics=tuple(own.get("metrics", ())),
        )
        card = Card(
            name=str(properties["mlm:name"]),
            description=str(properties.get("description", "")),
            architecture=properties["mlm:hyperparameters"],
            classes=tuple(ClassInfo(c["name"], int(c["value"]), "#" + c["color_hint"].lower()) for c in classes),
            tile=int(properties["mlm:input"][0]["input"]["shape"][-1]),
            batch_size=int(properties.get("mlm:batch_size_suggestion", 8)),
            **own,
        )
        _check(card)
        return card
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ModelFileError(
            f"The card in '{path}' is incomplete or damaged ({type(error).__name__}: {error}).", _BROKEN
        ) from error


def _check(card: Card) -> None:
    """Raise ValueError where a card says what cannot be, which would be an empty mask or a fault much later."""
    for name, (low, high) in _RANGES.items():
        if not low <= (value := getattr(card, name)) <= high:
            raise ValueError(f"{name} is {value}")
    others = card.other_thresholds
    if len(others) > _MOST_THRESHOLDS or not all(
        0.0 < t < 1.0 for t in (*others, *([card.threshold] if others else []))
    ):
        raise ValueError(f"other_thresholds are {others}, threshold is {card.threshold}")
    low, high = card.ground_resolution_range
    if not 0.0 < low <= high < math.inf:
        raise ValueError(f"ground_resolution_range is {low} to {high}")
    if not isinstance(card.encoder_sha256, str) or not isinstance(card.architecture, Mapping):
        raise TypeError("encoder_sha256 or architecture")
    for c in card.classes:
        if not isinstance(c.name, str) or not re.fullmatch(r"#[0-9a-f]{6}", c.color) or not 1 <= c.value <= 254:
            raise ValueError(f"class {c.name}, {c.value}, {c.color}")
    if len({c.value for c in card.classes}) < len(card.classes) or (card.kind == "head" and not card.classes):
        raise ValueError("classes")


def read_header(path: Path | str) -> dict[str, Any]:
    """A safetensors file's header, checked against the file's length.

    Raises:
        ModelFileError: No such file, not a safetensors file, or cut short.
    """
    try:
        size = os.stat(path).st_size
        with open(path, "rb") as stream:
            start = stream.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else _MAX_HEADER
            if length >= _MAX_HEADER or 8 + length > size:
                raise ModelFileError(f"'{path}' is not a safetensors file, or is cut short.", _BROKEN)
            header = json.loads(stream.read(length))
            ends = [v["data_offsets"][1] for k, v in header.items() if k != "__metadata__"]
    except OSError as error:
        raise ModelFileError(
            f"The model file '{path}' cannot be read: {error.strerror or error}.", "Check the path and its permissions."
        ) from error
    except (ValueError, AttributeError, TypeError, KeyError, IndexError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"'{path}' is not a safetensors file.", _BROKEN) from error
    if 8 + length + max(ends, default=0) != size:
        raise ModelFileError(f"'{path}' is cut short or damaged: its length is not what its header says.", _BROKEN)
    return header


def read_header_metadata(path: Path | str) -> dict[str, str]:
    """The header's metadata; empty where there is none. Raises as `read_header`."""
    metadata = read_header(path).get("__metadata__") or {}
    return dict(metadata)


def read_card(path: Path | str) -> Card:
    """The card of a model file.

    Raises:
        ModelFileError: As `read_header`, or the file carries no card.
    """
    text = read_header_metadata(path).get("stac_item")
    if text is None:
        raise ModelFileError(
            f"'{path}' carries no DEM Segmenter card, so it is not known what it finds and how it reads elevation.",
            "Choose a head made by 'Train a head from labels', or one that came with DEM Segmenter.",
        )
    try:
        item = json.loads(text)
    except ValueError as error:
        raise ModelFileError(f"The card in '{path}' is damaged.", _BROKEN) from error
    return from_stac_item(item, path)


def embedded_folder() -> Path:
    """Where the models that come with DEM Segmenter lie."""
    return Path(__file__).resolve().parents[2] / "models"


def installed_models(folders: Iterable[Path | str] = ()) -> list[Path]:
    """Model files in the folders given and the embedded one, first folder first, by name.

    A file without a readable card is left out.
    """
    found: list[Path] = []
    for folder in [*map(Path, folders), embedded_folder()]:
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            try:
                read_card(path)
            except ModelFileError:
                continue
            if path not in found:
                found.append(path)
    return found


def find_head(reference: Path | str, folders: Iterable[Path | str] = ()) -> Path:
    """A head by installed name or by path.

    Raises:
        ModelFileError: No such head.
    """
    text = os.fspath(reference)
    heads = {read_card(p).name: p for p in reversed(installed_models(folders)) if read_card(p).kind == "head"}
    if text in heads:  # whatever else has that name in the folder we are in
        return heads[text]
    if not re.fullmatch(r"[\w.-]+", text) or text.endswith(SUFFIX) or Path(text).exists():
        if Path(text).is_file():
            return Path(text)
        if os.sep in text or text.endswith(SUFFIX):
            raise ModelFileError(f"There is no head file '{text}'.", "Check the path.")
    raise ModelFileError(
        f"There is no head called '{text}'; installed are: {', '.join(sorted(heads)) or 'none'}.",
        "Choose one of these, or give the path of a head file.",
    )


def find_encoder(head: Card, folders: Iterable[Path | str] = ()) -> Path | None:
    """The installed encoder a head was trained on, or None."""
    for path in installed_models(folders):
        if read_header_metadata(path).get("sha256") == head.encoder_sha256 and read_card(path).kind == "encoder":
            return path
    return None
