"""Vector files: formats, whole or not at all, errors in words."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.crs import CRS
from rasterio.transform import from_origin

from dem_segmenter.errors import OptionError, OutputError
from dem_segmenter.vectors import writer as module
from dem_segmenter.vectors.footprints import write_footprints
from dem_segmenter.vectors.writer import VectorWriter

FIELDS = {"id": "int64", "class": "str", "area_m2": "float64"}


def begin(path: Path) -> VectorWriter:
    return VectorWriter(path, layer="things", geometry_type="Polygon", fields=FIELDS, crs=CRS.from_epsg(32633))


def squares(count: int, first: int = 0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    number = np.arange(first, first + count)
    columns = {
        "id": number,
        "class": np.full(count, "building", dtype=object),
        "area_m2": np.where(number == 1, np.nan, 1.0),
    }
    return shapely.box(number, 0, number + 1, 1), columns


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".fgb"])
def test_batches_in_every_format(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(module, "BATCH", 10)
    path = tmp_path / f"out{suffix}"
    with begin(path) as writer:
        for first in range(0, 56, 7):
            writer.add(*squares(7, first))
    meta, _, geometry, data = pyogrio.raw.read(path)
    assert len(geometry) == 56
    assert "32633" in meta["crs"] or suffix == ".geojson"
    values = dict(zip(meta["fields"], data, strict=True))
    assert sorted(values["id"]) == list(range(56))
    assert np.isnan(values["area_m2"]).sum() == 1
    assert set(values["class"]) == {"building"}
    assert {one.suffix for one in tmp_path.iterdir()} <= {suffix, ".shx", ".dbf", ".prj", ".cpg"}
    if suffix == ".gpkg":
        assert pyogrio.list_layers(path)[0, 0] == "things"


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson"])
def test_an_empty_mask_gives_a_valid_empty_layer(tmp_path, suffix):
    with rasterio.open(
        tmp_path / "mask.tif", "w", driver="GTiff", width=30, height=30, count=1, dtype="uint8", crs="EPSG:2263",
        transform=from_origin(980_000, 200_000, 2, 2),
    ) as dataset:  # fmt: skip
        dataset.write(np.zeros((30, 30), np.uint8), 1)
    summary = write_footprints(tmp_path / "mask.tif", tmp_path / f"out{suffix}")
    assert (summary.count, summary.area_m2) == (0, 0.0)
    info = pyogrio.read_info(tmp_path / f"out{suffix}")
    assert info["features"] == 0
    if suffix != ".geojson":  # which has no schema
        assert [name[:9] for name in info["fields"]] == ["id", "class", "area_m2", "perimeter"]
        assert info["crs"]


def test_replaced_only_when_complete(tmp_path):
    path = tmp_path / "out.gpkg"
    with begin(path) as writer:
        writer.add(*squares(3))

    def fails() -> None:
        with begin(path) as writer:
            writer.add(*squares(7000))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert pyogrio.read_info(path)["features"] == 3
    assert [one.name for one in tmp_path.iterdir()] == ["out.gpkg"]
    with begin(path) as writer:
        writer.add(*squares(5))
    assert pyogrio.read_info(path)["features"] == 5


def test_errors_say_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(OutputError, match="does not exist"):
        begin(tmp_path / "none" / "out.gpkg")
    with pytest.raises(OptionError, match="xyz"):
        begin(tmp_path / "out.xyz")

    def full(*_args, **_keys):
        raise pyogrio.errors.FeatureError("database or disk is full")

    monkeypatch.setattr(module.pyogrio.raw, "write", full)
    with pytest.raises(OutputError, match="disk is full") as caught, begin(tmp_path / "out.gpkg") as writer:
        writer.add(*squares(3))
    assert "Free" in caught.value.advice
    assert list(tmp_path.iterdir()) == []


def test_a_locked_output_is_no_permission(tmp_path, monkeypatch):
    def locked(*_args):
        raise PermissionError("in use")

    monkeypatch.setattr(os, "replace", locked)
    with pytest.raises(OutputError, match="no permission") as caught, begin(tmp_path / "out.gpkg") as writer:
        writer.add(*squares(3))
    assert "close it" in caught.value.advice
