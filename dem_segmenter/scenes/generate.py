"""Building a scene: terrain, roads, buildings, plants, and at last the sensor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from .canvas import PAD, Canvas, fractal
from .earthworks import Works, add_lines, no_works
from .grading import grade_places
from .options import SETTINGS, FloatArray, SceneOptions, SyntheticScene
from .plans import Network, choose_relief, plan_network
from .sensor import add_spikes, choose_sensor, gap_mask, measure_ground, measure_surface
from .settlement import settle
from .site import Site
from .surface import add_clutter, add_vegetation
from .terrain import furrows, natural_ground, roughness

#: Shares of the settings in "mixed", in their order: more of what has more to show of both classes.
MIX = (0.2, 0.15, 0.18, 0.1, 0.1, 0.11, 0.08, 0.08)


def generate(options: SceneOptions) -> SyntheticScene:
    """Build a scene with exact labels.

    Args:
        options: What to build.

    Returns:
        The scene; the same for the same options.
    """
    rng = np.random.default_rng([options.seed, SETTINGS.index(options.setting), options.size])
    setting = options.setting
    if setting == "mixed":
        setting = str(rng.choice(SETTINGS[:-1], p=MIX))
    sensor = choose_sensor(rng, options.sensor)
    canvas = Canvas(options.size + 2 * PAD, options.resolution)

    relief = choose_relief(rng, setting)
    ground = natural_ground(rng, canvas, relief)
    network = plan_network(rng, canvas, ground, setting)
    works = _ponds(rng, canvas, _earthworks(rng, canvas, ground, network, relief.roughness, setting), setting)
    water = works.water
    graded = grade_places(rng, canvas, works.ground, works.corridor | water, setting)

    site = Site(canvas, graded, works.corridor, water)
    settle(rng, site, network, setting)
    ground = site.ground
    buildings = site.buildings
    solid = np.where(buildings, site.roof, np.maximum(ground, works.deck))
    solid = add_clutter(rng, canvas, site, network, solid, setting)
    surface = add_vegetation(rng, canvas, site, network, solid, water, setting)

    state = rng.bit_generator.state
    dem = measure_surface(rng, canvas, surface, sensor)
    # The same noise, points and shifts again, so that the two differ by the plants alone.
    rng.bit_generator.state = state
    without_trees = measure_surface(rng, canvas, solid, sensor)
    dem = add_spikes(rng, dem)
    bare_earth = measure_ground(rng, canvas, ground, surface, buildings, sensor)
    if options.gaps:
        gaps = gap_mask(rng, canvas, water, sensor)
        dem[gaps] = np.nan
        bare_earth[gaps] = np.nan

    def cut(array: np.ndarray, dtype: type) -> np.ndarray:
        return np.ascontiguousarray(array[PAD:-PAD, PAD:-PAD], dtype=dtype)

    return SyntheticScene(
        dem=cut(dem, np.float32),
        ground=cut(ground, np.float32),
        bare_earth=cut(bare_earth, np.float32),
        dem_without_trees=cut(without_trees, np.float32),
        buildings=cut(buildings, np.uint8),
        roads=cut(works.carriageway, np.uint8),
        resolution=options.resolution,
        seed=options.seed,
        setting=setting,
        sensor=sensor,
    )


def _ponds(rng: np.random.Generator, canvas: Canvas, works: Works, setting: str) -> Works:
    """Standing water in low places away from roads: flat to a few centimetres."""
    if rng.random() > 0.2 or setting in ("mountain", "old_town"):
        return works
    wavy = works.ground + 0.5 * fractal(rng, canvas, 120.0, 5.0, 3.0)
    level = float(np.percentile(wavy, rng.uniform(1, 15)))
    apart = ndimage.distance_transform_edt(~works.corridor) * canvas.resolution
    water = (wavy < level) & (apart > 4.0)
    level -= rng.uniform(0.3, 2.5)
    flooded = np.where(water, level, works.ground).astype(np.float32)
    bank = np.maximum(canvas.smooth(flooded, rng.uniform(0.5, 2.0)), level)
    shore = (apart > 2.0) & ~works.water
    ground = np.where(water, level, np.where(shore, bank, works.ground)).astype(np.float32)
    return replace(works, ground=ground, water=works.water | water)


def _earthworks(
    rng: np.random.Generator,
    canvas: Canvas,
    ground: FloatArray,
    network: Network,
    rough: float,
    setting: str,
) -> Works:
    """All ranks of lines, and the roughness of everything that is not paved."""
    # Distractors are of the land: the land's roughness lies on them too.
    land = add_lines(canvas, no_works(ground), network.ranks[0]).ground
    texture = roughness(rng, canvas, rough * (0.5 if setting in ("city", "industrial", "old_town") else 1.0))
    if setting in ("farmland", "village"):
        texture += furrows(rng, canvas)
    works = no_works((land + texture).astype(np.float32))
    for lines in network.ranks[1:]:
        works = add_lines(canvas, works, lines)
    paved = rng.uniform(0.002, 0.008) * rng.standard_normal(ground.shape, dtype=np.float32)
    # Rivers stay what they are: flat.
    return replace(works, ground=np.where(works.water, works.ground, works.ground + paved).astype(np.float32))
