"""The benchmark's tables: Markdown for people, CSV with every run."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from .cells import CLASS_START, METHODS, RANDOM_START, Result
from .questions import QUESTIONS

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
        best = max(_mean(c) for c in cells if c)
        lines.append(f"| {fold} | " + " | ".join(_mean_spread(v, best) for v in cells) + " |")
    means = [[float(np.mean(_of(results, data=f, method=m) or [np.nan])) for f in folds] for m in methods]
    return [*lines, "| mean | " + " | ".join(f"{100 * np.mean(v):.1f}" for v in means) + " |"]


def noise_table(results: Sequence[Result], clean: Sequence[Result]) -> list[str]:
    """What wrong training labels do, in percent; validation and test labels are right."""
    every = [*results, *(r for r in clean if r.cell.seed == 0)]
    lines = ["| chips | training labels | ours | ours, robust loss |", "|---|---|---|---|"]
    for size in sorted({r.cell.chips for r in results}):
        for noise in ("", "shifted", "missing", "ragged"):
            values = [
                _of(every, task="buildings", chips=size, noise=noise, method="mae", remedy=remedy, variant="")
                for remedy in ("", "robust")
            ]
            best = max((_mean(v) for v in values if v), default=0.0)
            lines.append(f"| {size} | {noise or 'right'} | " + " | ".join(_mean_spread(v, best) for v in values) + " |")
    return lines


def start_table(results: Sequence[Result], clean: Sequence[Result]) -> list[str]:
    """Heads that start from random weights, the height head, and the embedded head of the class, in percent."""
    lines = [
        "| task | chips | random weights | height head | embedded head of the class |",
        "|---|---|---|---|---|",
    ]
    for task in PAPER:
        for size in sorted({r.cell.chips for r in results}):
            values = [
                _of(results, task=task, chips=size, variant=RANDOM_START),
                _of((r for r in clean if r.cell.seed == 0), task=task, chips=size, method="mae", variant=""),
                _of(results, task=task, chips=size, variant=CLASS_START),
            ]
            if any(values):
                best = max(_mean(v) for v in values if v)
                lines.append(f"| {task} | {size} | " + " | ".join(_mean_spread(v, best) for v in values) + " |")
    return lines


def suggest_table(results: Sequence[Result]) -> list[str]:
    """Ten chips, and ten more chosen either way, in percent."""
    lines = ["| task | seed | 10 chips | + 10 at random | + 10 suggested |", "|---|---|---|---|---|"]
    for task in PAPER:
        rows = []
        for seed in sorted({r.cell.seed for r in results}):
            mine = [r for r in results if r.cell.task == task and r.cell.seed == seed]
            values = [_of(mine, variant=variant) for variant in ("", "random", "suggested")]
            if all(values):
                rows.append([v[0] for v in values])
                lines.append(f"| {task} | {seed} | " + " | ".join(f"{100 * v:.1f}" for v in rows[-1]) + " |")
        if rows:
            lines.append(f"| {task} | mean | " + " | ".join(f"{100 * v:.1f}" for v in np.mean(rows, axis=0)) + " |")
    return lines


def full_length_table(results: Sequence[Result], short: Sequence[Result]) -> list[str]:
    """Whether short runs rank the methods as full ones do, in percent; buildings, 50 chips, first seed."""
    steps = max((r.cell.iterations for r in results), default=0)
    lines = [f"| method | as above | {steps} steps |", "|---|---|---|"]
    for result in results:
        before = _of(short, task="buildings", chips=50, seed=0, method=result.cell.method, variant="")
        lines.append(f"| {METHODS[result.cell.method]} | {_mean_spread(before, 2.0)} | {100 * result.iou:.1f} |")
    return lines


def question_table(question: str, results: Sequence[Result]) -> list[str]:
    """One of the paper's open questions: 50 chips, in percent."""
    heading = {"pretraining": "encoder", "blocks": "blocks tapped", "masking": "share hidden"}.get(question, question)
    tasks = list(dict.fromkeys(r.cell.task for r in results))
    lines = [f"| {heading} | " + " | ".join(tasks) + " |", "|---|" + "---|" * len(tasks)]
    rows = {name: [_of(results, task=task, variant=name) for task in tasks] for name in QUESTIONS[question]}
    best = [max((_mean(row[i]) for row in rows.values() if row[i]), default=0.0) for i in range(len(tasks))]
    for name, values in rows.items():
        texts = [_mean_spread(v, b) for v, b in zip(values, best, strict=True)]
        lines.append(f"| {QUESTIONS[question][name].title} | " + " | ".join(texts) + " |")
    return lines


def five_table(results: Sequence[Result]) -> list[str]:
    """Five chips, in percent."""
    methods = [m for m in METHODS if any(r.cell.method == m for r in results)]
    lines = ["| task | " + " | ".join(METHODS[m] for m in methods) + " |", "|---|" + "---|" * len(methods)]
    for task in dict.fromkeys(r.cell.task for r in results):
        values = [_of(results, task=task, method=m) for m in methods]
        best = max((_mean(v) for v in values if v), default=0.0)
        lines.append(f"| {task} | " + " | ".join(_mean_spread(v, best) for v in values) + " |")
    return lines


#: Part of the benchmark -> its heading.
HEADINGS = {
    "low-label": "Synthetic places: IoU by training chips",
    "start": "What a head starts from",
    "real": "Real places, families left out in turn: buildings, IoU with as many chips as there are",
    "suggest": "Suggested chips against random ones",
    "noise": "Wrong labels: buildings",
    "full-length": "Short runs and full ones",
    "pretraining": "What the encoder learned before: 50 chips, heads from random weights, given all features",
    "blocks": "Which blocks to tap: 50 chips, heads from random weights, given all features",
    "encoding": "How to show elevation to the network: 50 chips, encoder not trained, heads given all features",
    "masking": "The masking ratio: 50 chips, 100 steps of pre-training, heads from random weights, given all features",
    "five": "Five chips",
}


def page(results: Mapping[str, Sequence[Result]], iterations: int) -> str:
    """All tables as Markdown.

    Args:
        results: Part to its figures.
        iterations: Steps a run.
    """
    clean = results.get("low-label", [])
    makers: dict[str, Callable[[Sequence[Result]], list[str]]] = {
        "low-label": lambda r: low_label_table(r),
        "start": lambda r: start_table(r, clean),
        "real": lambda r: real_table(r),
        "suggest": lambda r: suggest_table(r),
        "noise": lambda r: noise_table(r, clean),
        "full-length": lambda r: full_length_table(r, clean),
        "five": lambda r: five_table(r),
        **{question: partial(question_table, question) for question in QUESTIONS},
    }
    lines = [f"IoU in percent on test chips; {iterations} steps of eight chips a run where nothing else is said."]
    for name, found in results.items():
        if not found:
            continue
        lines += ["", f"## {HEADINGS[name]}", "", *makers[name](found)]
    return "\n".join(lines) + "\n"


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
