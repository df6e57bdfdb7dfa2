"""The benchmark's tables: Markdown for people, CSV with every run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from .cells import METHODS, Result

#: IoU in percent that the paper reports (arXiv 2309.03367): task -> chips -> (frozen MAE, UNet).
PAPER = {
    "buildings": {10: (55.5, 27.9), 50: (69.1, 55.0), 200: (76.1, 68.2), 450: (82.1, 76.5)},
    "roads": {10: (37.1, 23.4), 50: (73.2, 70.4), 200: (81.3, 77.9), 450: (82.7, 78.4)},
}


def write_csv(results: Sequence[Result], path: Path) -> None:
    """Every run in a row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    for result in results:
        values = asdict(result)
        rows.append({**values.pop("cell"), **{k: _short(v) for k, v in values.items()}})
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]) if rows else ["data"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def low_label_table(results: Sequence[Result]) -> list[str]:
    """Mean and spread over seeds beside the paper's figures, in percent."""
    methods = [m for m in METHODS if any(r.cell.method == m for r in results)]
    lines = [
        "| task | chips | " + " | ".join(METHODS[m] for m in methods) + " | paper: MAE | paper: UNet |",
        "|---|---|" + "---|" * (len(methods) + 2),
    ]
    for task, sizes in PAPER.items():
        for size, paper in sizes.items():
            cells = {m: _of(results, task=task, method=m, chips=size) for m in methods}
            if any(cells.values()):
                best = max((_mean(v) for v in cells.values() if v), default=0.0)
                texts = [_mean_spread(v, best) for v in cells.values()]
                lines.append(f"| {task} | {size} | " + " | ".join(texts) + f" | {paper[0]} | {paper[1]} |")
    return lines


def real_table(results: Sequence[Result]) -> list[str]:
    """Families left out in turn: IoU of each fold, in percent."""
    methods = [m for m in METHODS if any(r.cell.method == m for r in results)]
    lines = ["| fold left out | " + " | ".join(METHODS[m] for m in methods) + " |", "|---|" + "---|" * len(methods)]
    folds = list(dict.fromkeys(r.cell.data for r in results))
    for fold in folds:
        cells = [_of(results, data=fold, method=m) for m in methods]
        lines.append(f"| {fold} | " + " | ".join(_mean_spread(v, max(_mean(c) for c in cells if c)) for v in cells))
    means = [[float(np.mean(_of(results, data=f, method=m) or [np.nan])) for f in folds] for m in methods]
    return [*lines, "| mean | " + " | ".join(f"{100 * np.mean(v):.1f}" for v in means) + " |"]


def noise_table(results: Sequence[Result], clean: Sequence[Result]) -> list[str]:
    """What wrong training labels do, in percent; validation and test labels are right."""
    columns = [("unet", ""), ("mae", ""), ("mae", "robust")]
    lines = [
        "| chips | training labels | UNet, our channels | ours | ours, robust loss |",
        "|---|---|---|---|---|",
    ]
    every = [*results, *(r for r in clean if r.cell.seed == 0)]
    for size in sorted({r.cell.chips for r in results}):
        for noise in ("", "shifted", "missing", "ragged"):
            values = [_of(every, task="buildings", chips=size, noise=noise, method=m, remedy=k) for m, k in columns]
            best = max((_mean(v) for v in values if v), default=0.0)
            lines.append(f"| {size} | {noise or 'right'} | " + " | ".join(_mean_spread(v, best) for v in values) + " |")
    return lines


def _of(results: Iterable[Result], **wanted: object) -> list[float]:
    return [r.iou for r in results if all(getattr(r.cell, k) == v for k, v in wanted.items())]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _mean_spread(values: Sequence[float], best: float) -> str:
    if not values:
        return "not run"
    text = f"{100 * np.mean(values):.1f}"
    if len(values) > 1:
        text += f" ± {100 * np.std(values, ddof=1):.1f}"
    return f"**{text}**" if np.mean(values) >= best else text


def _short(value: object) -> object:
    return f"{value:.4f}" if isinstance(value, float) else value
