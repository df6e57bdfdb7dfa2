"""Elevation to channels."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import ndimage

from dem_segmenter.elevation.encoding import (
    ColourEncoding,
    Encoding,
    MinMaxEncoding,
    ReliefEncoding,
    deviation_from_plane,
    encoding_from_json,
    fill_unknown,
)
from dem_segmenter.errors import ModelFileError

ENCODING = ReliefEncoding()
ALL = np.ones((200, 200), bool)


def block(height: float = 6.0) -> np.ndarray:
    """A 14 x 14 m house on flat ground, 1 m pixels."""
    z = np.full((200, 200), 250.0, np.float32)
    z[90:104, 90:104] += height
    return z


def test_height_above_ground_is_read_in_metres() -> None:
    channels = ENCODING.encode(block(6.0), ALL, 1.0)
    for index in (0, 1):
        height = np.sinh(channels[index] * np.arcsinh(30.0))
        assert height[97, 97] == pytest.approx(6.0, abs=1e-3)
        assert height[20, 20] == pytest.approx(0.0, abs=1e-6)


def test_absolute_elevation_does_not_matter() -> None:
    low, high = ENCODING.encode(block(), ALL, 1.0), ENCODING.encode(block() + 4000, ALL, 1.0)
    np.testing.assert_allclose(low, high, atol=2e-3)


def test_slope_of_a_plane() -> None:
    y, x = np.mgrid[:200, :200].astype(np.float32)
    channels = ENCODING.encode(0.5 * (0.3 * x + 0.4 * y), ALL, 0.5)  # a rise of 1 in 2 at 0.5 m pixels
    assert channels[4, 100, 100] == pytest.approx(np.log1p(0.5 / 0.03) / np.log1p(2 / 0.03), abs=1e-3)


def test_kerb_beside_a_tower_is_still_seen() -> None:
    # The paper's remark: per-image min-max hides roads beside tall buildings.
    z = block(80.0)
    z[:, 20:30] -= 0.12
    channels = ENCODING.encode(z, ALL, 1.0)
    assert abs(channels[2, 40, 19:31]).max() > 0.05


def test_a_window_with_its_margin_gives_the_same_channels() -> None:
    rng = np.random.default_rng(0)
    z = (rng.standard_normal((400, 400)).cumsum(0).cumsum(1) * 0.01).astype(np.float32)
    valid = np.ones(z.shape, bool)
    whole = ENCODING.encode(z, valid, 1.0)
    m = ENCODING.margin(1.0)
    rows, cols = slice(150, 250), slice(160, 240)
    window = (slice(150 - m, 250 + m), slice(160 - m, 240 + m))
    part = ENCODING.encode(z[window], valid[window], 1.0)[:, m:-m, m:-m]
    np.testing.assert_allclose(part, whole[:, rows, cols], atol=2e-3)


def test_unknown_pixels_are_zero_and_make_no_cliff() -> None:
    z, valid = block(0.0), ALL.copy()
    z[50:60, 50:60] = -9999
    valid[50:60, 50:60] = False
    channels = ENCODING.encode(z, valid, 1.0)
    assert np.abs(channels).max() < 1e-3


def test_nothing_known() -> None:
    assert not ENCODING.encode(block(), ~ALL, 1.0).any()


def test_fill_takes_the_nearest() -> None:
    z = np.array([[1.0, 0.0, 0.0, 5.0]], np.float32)
    assert fill_unknown(z, z > 0).tolist() == [[1.0, 1.0, 5.0, 5.0]]


@pytest.mark.parametrize(
    "other",
    [
        ReliefEncoding(fine_scale=0.3),
        ColourEncoding(ReliefEncoding(fine_scale=0.3), picked=(0, 3, 4), mean=(0.5, 0.5, 0.5)),
        MinMaxEncoding((0.1, 0.2, 0.3), (1.0, 2.0, 3.0)),
    ],
)
def test_card_round_trip(other: Encoding) -> None:
    assert encoding_from_json(json.loads(json.dumps(other.to_json()))) == other


def test_cards_of_the_first_encoders_mean_what_they_meant() -> None:
    first = {"name": "relief", "windows": [20.0, 70.0], "fine_scale": 0.4, "broad_scale": 2.5}
    encoding = encoding_from_json(first)
    assert isinstance(encoding, ReliefEncoding)
    assert (encoding.scaling, encoding.channels) == ("tanh", 6)
    z = block(3.0)
    channels = encoding.encode(z, ALL, 1.0)
    fine = z - ndimage.gaussian_filter(z, 2.0, truncate=3.0)
    np.testing.assert_allclose(channels[2], np.tanh(fine / 0.4), atol=1e-4)


def test_a_track_of_centimetres_is_seen_beside_a_tower() -> None:
    z = block(40.0)
    z[:, 20:24] += 0.06
    channels = ENCODING.encode(z, ALL, 1.0)
    first = encoding_from_json({"name": "relief", "fine_scale": 0.4, "broad_scale": 2.5}).encode(z, ALL, 1.0)
    assert channels[2, 10, 21] > 1.4 * first[2, 10, 21] > 0.04
    assert np.abs(channels).max() < 1.6  # and the tower is no further off than it was


def test_unevenness_is_what_a_plane_leaves_over() -> None:
    rng = np.random.default_rng(5)
    z = rng.normal(size=(30, 40)).astype(np.float32)
    y, x = np.mgrid[-3:4, -3:4]
    columns = np.stack([np.ones(49), x.ravel(), y.ravel()], 1)
    window = z[10:17, 20:27].ravel()
    left = window - columns @ np.linalg.lstsq(columns, window, rcond=None)[0]
    found = deviation_from_plane(z, 7)
    assert abs(found[13, 23] - np.sqrt((left**2).mean())) < 1e-5
    rows, cols = np.mgrid[:30, :40].astype(np.float32)
    assert deviation_from_plane(0.3 * rows - 0.2 * cols, 7)[5:-5, 5:-5].max() < 0.01


def test_colours_are_relief_channels_normalised_as_photographs() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(300.0, 4.0, (40, 50)).astype(np.float32)
    valid = rng.random(z.shape) > 0.1
    encoding = ColourEncoding()
    colours, relief = encoding.encode(z, valid, 0.75), ReliefEncoding().encode(z, valid, 0.75)
    unit = colours * np.array(encoding.std)[:, None, None] + np.array(encoding.mean)[:, None, None]
    wanted = np.stack([relief[1], 0.5 * (relief[2] + 1), relief[5]]).clip(0, 1)
    np.testing.assert_allclose(unit[:, valid], wanted[:, valid], atol=1e-6)
    assert not colours[:, ~valid].any()
    assert (colours.shape, colours.dtype) == ((3, 40, 50), np.float32)
    assert encoding.margin(0.75) == ReliefEncoding().margin(0.75)


def test_unknown_encoding_is_refused() -> None:
    with pytest.raises(ModelFileError, match="'false colours'"):
        encoding_from_json({"name": "false colours"})
