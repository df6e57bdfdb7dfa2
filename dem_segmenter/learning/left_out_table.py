"""What `leave_out` found, as figures and as tables: beside the head a UNet and the classical answer."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..inference.classes import OutputClass
from ..inference.threshold_choice import Alternative, alternatives, choose
from .classical import classical_buildings
from .metrics import THRESHOLDS, Counts, compare
from .scenes import BARE, DRAWN, Scene

#: Roughness above which the classical answer takes ground for canopy; the best of 0.5 to 3 on the train scenes.
CLASSICAL_ROUGHNESS = 2.0


#: The fold of scenes that nothing was ever trained on: the head that ships is measured on them.
SHIPPED = "shipped"

#: What the columns mean, above the table that people read.
LEGEND = (
    "Each row is a place. *Fold*: the training, of encoder and head, that left its family out; `shipped`: the files "
    "in the plugin, on places that they never saw. *Family*: places of one ground or one sensor, left out together. "
    "*Label*: A independent or official, B automatic but good, C noisy, D drawn by us, S footprints extruded on a "
    "coarse DEM. *Other ground taken for it*: share of the ground without the class. *UNet*: the usual network, "
    "trained from scratch on the same places. *Top-hat*: the classical answer, what stands more than 2.5 m above the "
    "ground around it, without and with a filter against trees. A name that ends in `-bare` is the same place as bare "
    "earth.",
    "",
)


@dataclass(frozen=True)
class Row:
    """One scene's figures.

    Attributes:
        task: Head.
        fold: Fold, or ``shipped`` for the embedded head on a scene nothing was trained on.
        family: The scene's family.
        scene: The scene.
        quality: Its label quality.
        threshold: Probability that a pixel is asked for.
        object_threshold: Probability that an object must reach somewhere; 0 where none is asked for.
        chosen: The threshold that the raster's walls chose instead; 0 where they chose none.
        iou: Intersection over union; likewise `precision` and `recall`. nan where the label has none of the class.
        false_positive_rate: Share of the ground without the class that was taken for it.
        classical: IoU of the white top-hat answer; nan for roads.
        classical_rough: The same with the roughness filter.
        unet: IoU of a UNet trained from scratch on the same scenes, at its own best threshold; nan where none was. Of
            an earlier run, where this one trained none (see `rows_of_earlier_run`).
        by_threshold: IoU at each of `THRESHOLDS`.
    """

    task: str
    fold: str
    family: str
    scene: str
    quality: str
    threshold: float
    object_threshold: float
    chosen: float
    iou: float
    precision: float
    recall: float
    false_positive_rate: float
    classical: float
    classical_rough: float
    unet: float
    by_threshold: tuple[float, ...]


#: Figures of a row that are single numbers, and the columns of the others.
FIGURES = tuple(f.name for f in fields(Row) if f.type == "float")
COLUMNS = tuple(f"iou_at_{t:.2f}" for t in THRESHOLDS)


def measure(
    task: str,
    found: Sequence[tuple[str, Scene, np.ndarray]],
    threshold: float,
    *,
    fixed: float | None = None,
    baseline: Mapping[str, np.ndarray] | None = None,
    object_threshold: float = 0.0,
    min_area: float = 0.0,
    max_width: float = 0.0,
    walled: float = 0.0,
    other_thresholds: Sequence[float] = (),
    smooth: Sequence[str] = (),
) -> list[Row]:
    """Figures from probabilities.

    Args:
        task: Head.
        found: Fold, scene with label ``target``, and probability ``(H, W) float32``.
        threshold: Probability for the figures that have only one; the best on left-out families where there are any.
        fixed: Another one, whatever is best.
        baseline: A UNet's probability ``(H, W) float32`` by scene; measured at the threshold that is best for it on
            the same families.
        object_threshold: Probability that objects must reach somewhere, those of the UNet too; 0 asks for none.
        min_area: Square metres of the smallest object, as where a user runs the head.
        max_width: Metres, likewise.
        walled: Share of a large object's outline, likewise.
        other_thresholds: What a raster's walls may choose instead of the threshold, likewise; not for the UNet, and not
            for the figures by threshold.
        smooth: Scenes whose walls choose nothing, likewise, as their trees show no leaves.
    """

    def cleaned(scene: Scene, p: np.ndarray, at: float, others: Sequence[float] = ()) -> tuple[Counts, float]:
        asked = OutputClass(
            name=task,
            value=1,
            color=(0, 0, 0),
            threshold=at,
            object_threshold=object_threshold,
            min_area=min_area,
            max_width=max_width,
            walled=walled,
            edge_radius=0.0,  # the probabilities have theirs already
            head=0,
            channel=1,
            other_thresholds=tuple(others),
        )
        known = ~np.isnan(p)
        values = np.where(known, p, np.float32(0))[None]
        masks = [Alternative(some, (scene.resolution, scene.resolution)) for some in alternatives([asked])]
        rows = [mask.push(values, known, scene.elevation, last=True) for mask in masks]
        kept = choose([(mask.threshold, mask.outlines) for mask in masks])
        return compare(rows[kept], np.where(scene.valid, scene.labels["target"], 255)), masks[kept].classes[0].threshold

    by_threshold = [[cleaned(scene, p, t)[0].iou for t in THRESHOLDS] for _, scene, p in found]
    left_out = [
        values
        for (fold, scene, _), values in zip(found, by_threshold, strict=True)
        if fold != SHIPPED and scene.quality in "AB"
    ]
    if fixed is not None:
        threshold = fixed
    elif left_out:
        threshold = THRESHOLDS[int(np.argmax(np.mean(left_out, axis=0)))]
    baseline = baseline or {}
    unets = {
        scene.name: [cleaned(scene, baseline[scene.name], t)[0].iou for t in THRESHOLDS]
        for _, scene, _ in found
        if scene.name in baseline
    }
    judged = [unets[scene.name] for _, scene, _ in found if scene.name in unets and scene.quality in "AB"]
    best_of_unet = int(np.argmax(np.mean(judged, axis=0))) if judged else 0
    rows = []
    for (fold, scene, p), values in zip(found, by_threshold, strict=True):
        c, used = cleaned(scene, p, threshold, () if scene.name in smooth else other_thresholds)
        there = bool(((scene.labels["target"] == 1) & scene.valid).any())
        classical = [float("nan"), float("nan")]
        if task == "buildings" and there:
            for i, rough in enumerate((None, CLASSICAL_ROUGHNESS)):
                mask = classical_buildings(scene.elevation, scene.valid, scene.resolution, roughness=rough)
                classical[i] = compare(mask, scene.labels["target"]).iou
        rows.append(
            Row(
                task,
                fold,
                scene.family,
                scene.name,
                scene.quality,
                threshold,
                object_threshold,
                used if used != threshold else 0.0,
                c.iou if there else float("nan"),
                c.precision if there else float("nan"),
                c.recall,
                c.false_positive_rate,
                classical[0],
                classical[1],
                unets[scene.name][best_of_unet] if scene.name in unets else float("nan"),
                tuple(values),
            )
        )
    return rows


def rows_of_earlier_run(path: Path) -> list[Row]:
    """The rows of a table that `write_table` wrote, figures to four decimals; nothing where there is none.

    Not all need be measured again: a UNet takes as long as all the rest, and a head may change without its folds'.
    """
    if not path.is_file():
        return []
    rows = []
    with open(path, newline="", encoding="utf-8") as stream:
        for values in csv.DictReader(stream):
            read: dict[str, Any] = {name: values[name] for name in ("task", "fold", "family", "scene", "quality")}
            # A table from before walls could choose a threshold has no such column.
            read |= {name: float({"chosen": "0", **values}[name] or "nan") for name in FIGURES}
            rows.append(Row(**read, by_threshold=tuple(float(values[column] or "nan") for column in COLUMNS)))
    return rows


def write_table(rows: Sequence[Row], path: Path, treeless: Sequence[str] = ()) -> None:
    """CSV with everything, and Markdown for people beside it.

    Args:
        rows: In the order they are to have.
        path: The ``.csv``.
        treeless: Scenes that are left out of means over places with good labels, as no tree stands there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [k for k in asdict(rows[0]) if k != "by_threshold"]
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*names, *COLUMNS])
        for row in rows:
            values = asdict(row)
            writer.writerow([*(_short(values[n]) for n in names), *(_short(v) for v in row.by_threshold)])
    lines = [
        *LEGEND,
        "| fold | family | scene | label | IoU | precision | recall | other ground taken for it "
        "| UNet IoU | top-hat IoU | with roughness filter |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        lines.append(
            f"| {r.fold} | {r.family} | {r.scene} | {r.quality} "
            f"| {_in_table(r.iou)} | {_in_table(r.precision)} | {_in_table(r.recall)} | {r.false_positive_rate:.3f} "
            f"| {_short(r.unet)} | {_short(r.classical)} | {_short(r.classical_rough)} |"
        )
    lines += ["", _thresholds(rows)]
    good = [r for r in rows if r.fold != SHIPPED and r.quality in "AB"]
    left_out = [r for r in good if r.scene not in treeless]
    if left_out:
        families = _family_means(left_out, "iou")
        worst = min(families, key=lambda f: families[f])
        without = ", ".join(r.scene for r in good if r.scene in treeless)
        lines[-1] += (
            " Left-out places with labels of quality A or B"
            f"{f', without {without}, where no tree stands' if without else ''}: "
            f"mean IoU over places {np.mean([r.iou for r in left_out]):.3f}, "
            f"mean over families {np.mean(list(families.values())):.3f}, lowest family {families[worst]:.3f} ({worst})."
        )
        unets = [u for u in _family_means(left_out, "unet").values() if not np.isnan(u)]
        if unets:
            lines[-1] += f" The UNet's mean over families, at its own best threshold: {np.mean(unets):.3f}."
    ours = [r for r in rows if r.fold != SHIPPED and r.quality == DRAWN and not np.isnan(r.iou)]
    for what, some in (
        ("Left-out places with labels that we drew", [r for r in ours if not r.scene.endswith(BARE)]),
        ("The same where the raster is their bare earth", [r for r in ours if r.scene.endswith(BARE)]),
    ):
        if some:
            lines[-1] += f" {what}: mean IoU over families {np.mean(list(_family_means(some, 'iou').values())):.3f}."
    path.with_suffix(".md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _thresholds(rows: Sequence[Row]) -> str:
    """What was asked of a pixel and of an object: once where it is the same for all rows, else fold by fold."""
    asked: dict[tuple[float, float], dict[str, None]] = {}
    for row in rows:
        asked.setdefault((row.threshold, row.object_threshold), {})[row.fold] = None
    text = " ".join(
        f"Threshold {threshold:.2f}"
        + (f", objects {surely:.2f}" if surely else "")
        + (f" ({', '.join(folds)})." if len(asked) > 1 else ".")
        for (threshold, surely), folds in asked.items()
    )
    chosen = [f"{row.chosen:.2f} in {row.scene}" for row in rows if row.chosen]
    return text + (f" The walls chose another one: {', '.join(chosen)}." if chosen else "")


def _family_means(rows: Sequence[Row], figure: str) -> dict[str, float]:
    """A figure's mean over the scenes of each family."""
    return {
        family: float(np.mean([getattr(r, figure) for r in rows if r.family == family]))
        for family in {r.family for r in rows}
    }


def _in_table(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.3f}"


def _short(value: object) -> object:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.4f}"
    return value
