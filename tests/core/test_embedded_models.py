"""The models that come with DEM Segmenter, on the real scene that may be committed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from parks import park
from rasterio.transform import from_origin
from scipy import ndimage
from segmenting import write_dem

from dem_segmenter.elevation.source import DemSource
from dem_segmenter.events import ConsoleReporter
from dem_segmenter.inference.outputs import Outputs
from dem_segmenter.inference.run import Options, segment_raster
from dem_segmenter.learning.metrics import compare
from dem_segmenter.learning.scenes import height_classes
from dem_segmenter.modelfiles import SegmentationModel, load_model
from dem_segmenter.modelfiles.card import embedded_folder, find_encoder, installed_models, read_card
from dem_segmenter.scenes import SceneOptions, generate

SCENE = Path(__file__).resolve().parents[1] / "data" / "nyc_harlem"


@pytest.fixture(scope="module")
def model() -> SegmentationModel:
    return load_model(["buildings"], device="cpu")


def segment(model: SegmentationModel, dem: Path, folder: Path) -> np.ndarray:
    """The mask ``(H, W) uint8`` of a whole file."""
    path = folder / f"mask-{dem.stem}.tif"
    reporter = ConsoleReporter()
    with DemSource(str(dem)) as source, Outputs({"mask": (path, "raster")}, [], reporter) as outputs:
        segment_raster(model, source, None, outputs, Options(), reporter)
        outputs.publish()
    with rasterio.open(path) as opened:
        return opened.read(1)


def test_one_encoder_and_three_heads_on_it() -> None:
    cards = {read_card(p).name: read_card(p) for p in installed_models()}
    assert sorted(cards) == ["buildings", "encoder", "height", "roads"]
    for name in ("buildings", "height", "roads"):
        assert find_encoder(cards[name]) == embedded_folder() / "encoder.safetensors"
        assert 0 < cards[name].threshold < 1


def test_cards_name_sources_licences_and_figures_by_place() -> None:
    for path in installed_models():
        card = read_card(path)
        assert len(card.training_data) > 5
        assert all(entry["licence"] for entry in card.training_data)
        # The yardstick and places that are only for tuning are never learned from.
        learned = {entry["name"] for entry in card.training_data}
        assert not learned & {"nyc_harlem", "trento_rural", "athens_extruded", "alberta_boreal_7"}
        if card.name in ("buildings", "roads"):
            assert len({metric["place"] for metric in card.metrics}) >= 4
            assert all(0 <= metric["false_positive_rate"] <= 1 for metric in card.metrics)
            # A place that holds none of the class has false alarms only; these are the only such places.
            overlaps = {metric["place"]: metric["iou"] for metric in card.metrics if "iou" in metric}
            assert all(0 <= iou <= 1 for iou in overlaps.values())
            without = {place.removesuffix("-bare") for place in {m["place"] for m in card.metrics} - overlaps.keys()}
            assert without <= {"autzen_eugene", "cornwall_lizard_coast", "muscatatuck_campus_dsm"}


def test_buildings_of_a_place_never_seen(model: SegmentationModel, tmp_path: Path) -> None:
    mask = segment(model, SCENE / "dem.tif", tmp_path)
    with rasterio.open(SCENE / "buildings.tif") as opened:
        label = opened.read(1)
    counts = compare(mask, label)
    # 0.54 is the white top-hat's.
    assert counts.iou > 0.74
    assert counts.precision > 0.8


def test_a_warehouse_is_found_whole_and_a_dam_is_none(model: SegmentationModel, tmp_path: Path) -> None:
    # Wider than the opening that looks for the ground, and than a tile: seen from within, a roof is a field.
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:460, :460].astype(np.float32)
    z = (200.0 + 0.01 * x + rng.normal(0.0, 0.03, x.shape)).astype(np.float32)
    hall = (slice(40, 160), slice(60, 260))
    z[hall] = z[hall].mean() + 9.0 + rng.normal(0.0, 0.03, z[hall].shape)
    outside = np.hypot(np.maximum(np.abs(y - 330) - 25, 0), np.maximum(np.abs(x - 230) - 80, 0))
    z += np.maximum(4.0 - 0.5 * outside, 0.0)
    label = np.zeros(z.shape, np.uint8)
    label[hall] = 1
    counts = compare(segment(model, write_dem(tmp_path / "dem.tif", z), tmp_path), label)
    assert counts.recall > 0.95
    assert counts.precision > 0.95


@pytest.mark.parametrize(("resolution", "slope"), [(0.5, 0.1), (0.5, 0.4), (1.0, 0.0)])
def test_small_houses_are_found_on_hillsides_too(
    model: SegmentationModel, tmp_path: Path, resolution: float, slope: float
) -> None:
    # Bungalows with flat roofs and cottages with pitched ones, level on their hillside, and nothing beside them.
    rng = np.random.default_rng(0)
    side = round(220 / resolution)
    y, x = np.mgrid[:side, :side].astype(np.float32) * np.float32(resolution)
    waves = ndimage.gaussian_filter(rng.standard_normal(x.shape), 12.0 / resolution) * 4.0
    z = (200.0 + slope * y + waves + rng.normal(0.0, 0.03, x.shape)).astype(np.float32)
    label = np.zeros(z.shape, np.uint8)
    for i, j in np.ndindex(4, 4):
        east, south = np.abs(x - (35 + 50 * i)), np.abs(y - (35 + 50 * j))
        width, length, eaves, pitch = (8, 10, 3.0, 0.7) if (i + j) % 2 else (10, 12, 3.2, 0.0)
        house = (south < width / 2) & (east < length / 2)
        z[house] = z[house].mean() + eaves + (pitch * (width / 2 - south))[house]
        label[house] = 1
    dem = write_dem(tmp_path / "dem.tif", z, transform=from_origin(500_000, 5_000_000, resolution, resolution))
    counts = compare(segment(model, dem, tmp_path), label)
    assert counts.recall > 0.9
    assert counts.precision > 0.9


def motorway(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Metres above the ground: an embankment 28 m wide across the whole raster."""
    return np.clip(5.0 - 0.6 * np.maximum(np.abs(x - 200 + 0.36 * (y - 200)) / 1.06 - 14, 0), 0, None)


def spoil_heaps(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Metres above the ground: four flat-topped heaps of 3 to 6 m."""
    heaps = []
    for number, (east, south) in enumerate([(100, 100), (280, 120), (120, 290), (290, 290)]):
        half = 12 + 6 * number
        outside = np.hypot(np.maximum(np.abs(x - east) - half, 0), np.maximum(np.abs(y - south) - 0.6 * half, 0))
        heaps.append(3 + number - 0.65 * outside)
    return np.clip(np.max(heaps, axis=0), 0, None)


def levee(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Metres above the ground: along a river's bends, 6 m wide at the top."""
    return np.clip(4.0 - 0.5 * np.maximum(np.abs(y - 200 - 30 * np.sin(x / 80)) - 3, 0), 0, None)


@pytest.mark.parametrize("earthwork", [motorway, spoil_heaps, levee])
@pytest.mark.parametrize("resolution", [1.0, 2.0])
def test_what_is_banked_up_is_no_building(
    model: SegmentationModel,
    tmp_path: Path,
    earthwork: Callable[[np.ndarray, np.ndarray], np.ndarray],
    resolution: float,
) -> None:
    rng = np.random.default_rng(0)
    side = round(400 / resolution)
    y, x = np.mgrid[:side, :side].astype(np.float32) * np.float32(resolution)
    waves = ndimage.gaussian_filter(rng.standard_normal(x.shape), 15.0 / resolution)
    ground = 200.0 + 0.03 * y + 0.5 * waves / waves.std() + rng.normal(0.0, 0.03, x.shape)
    z = (ground + earthwork(y, x)).astype(np.float32)
    house = (
        slice(round(20 / resolution), round(34 / resolution)),
        slice(round(40 / resolution), round(60 / resolution)),
    )
    z[house] = z[house].mean() + 6.0
    label = np.zeros(z.shape, np.uint8)
    label[house] = 1
    dem = write_dem(tmp_path / "dem.tif", z, transform=from_origin(500_000, 5_000_000, resolution, resolution))
    counts = compare(segment(model, dem, tmp_path), label)
    assert counts.recall > 0.7
    assert counts.false_positive_rate < 0.001


def test_trees_without_leaves_are_fewer_houses(
    model: SegmentationModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As where images were matched: crowns are smooth domes. These are so round that many are taken for houses still.
    z, label = park(0.5, side=240.0, trees=220)
    dem = write_dem(tmp_path / "dem.tif", z, transform=from_origin(500_000, 5_000_000, 0.5, 0.5))
    told = compare(segment(model, dem, tmp_path), label)
    monkeypatch.setattr("dem_segmenter.inference.run.is_smooth", lambda *_: False)
    untold = compare(segment(model, dem, tmp_path), label)
    assert told.recall > 0.9
    assert told.iou > untold.iou + 0.08


def test_heights_of_a_place_never_seen() -> None:
    # The head that new heads start from tells height above ground; the seed is none of those it learned from.
    made = generate(SceneOptions(size=300, resolution=0.75, seed=77_001, setting="suburb", sensor="lidar_dense"))
    known = np.isfinite(made.dem) & np.isfinite(made.bare_earth)
    truth = height_classes(made.dem, made.bare_earth, known)
    model = load_model(["height"], device="cpu")
    channels = model.encoding.encode(np.nan_to_num(made.dem), np.isfinite(made.dem), 0.75)[:, 38:262, 38:262]
    found = model.predict(channels[None])[0].numpy()[0].argmax(axis=0)
    truth, known = truth[38:262, 38:262], known[38:262, 38:262]
    near = np.abs(found[known].astype(int) - truth[known]) <= 1
    assert near.mean() > 0.85
    assert (found[known] == truth[known]).mean() > (truth[known] == 0).mean() + 0.02  # better than "all is ground"


# With tiles that overlap by half, a shift of half a tile makes them coincide again; other shifts show how much the
# network's answer depends on what else is in the tile.
@pytest.mark.parametrize(("share", "least"), [(0.5, 0.98), (0.3, 0.95)])
def test_a_shifted_scene_gets_the_same_mask(
    model: SegmentationModel, tmp_path: Path, share: float, least: float
) -> None:
    card = model.heads[0].card
    with rasterio.open(SCENE / "dem.tif") as opened:
        z, profile = opened.read(1), opened.profile
    # Unknown ground above and to the left moves every tile's edge.
    shift = round(card.tile * share * card.ground_resolution / profile["transform"].a)
    moved = np.full((z.shape[0] + shift, z.shape[1] + shift), profile["nodata"], z.dtype)
    moved[shift:, shift:] = z
    profile.update(width=moved.shape[1], height=moved.shape[0])
    with rasterio.open(tmp_path / "moved.tif", "w", **profile) as out:
        out.write(moved, 1)
    plain = segment(model, SCENE / "dem.tif", tmp_path)
    shifted = segment(model, tmp_path / "moved.tif", tmp_path)[shift:, shift:]
    assert compare(shifted, plain).iou > least
