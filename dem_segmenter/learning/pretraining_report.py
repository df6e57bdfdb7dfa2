"""The page about a pre-trained encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..elevation.encoding import Encoding, ReliefEncoding
from ..network.masked_autoencoder import Reconstruction
from ..reports.charts import LineChart, Series
from ..reports.page import Figure, Figures, Heading, Paragraph, Picture, Pictures, Section, Table, write_page
from ..reports.pictures import hillshade
from .dem_pile import DemPile
from .pretraining import HeldOut, Pretraining

#: DEMs listed by name, and skipped ones.
LISTED = 15
#: Grey of hidden patches, and the gap between pictures, pixels.
HIDDEN, GAP = 90, 6


def write_report(
    path: Path,
    run: Pretraining,
    held: HeldOut | None,
    pile: DemPile | None,
    encoding: Encoding,
    *,
    title: str,
    file: str,
    ground_resolution: float,
    settings: Sequence[tuple[str, Any]],
    statistics: Mapping[str, Any],
) -> None:
    """Write the page.

    Args:
        path: ``.html``.
        run: After its last step.
        held: The chips that it was watched on.
        pile: What it learned from; None where that were synthetic scenes alone.
        encoding: Elevation to channels.
        title: The encoder's, for people.
        file: Name of the encoder's file.
        ground_resolution: Metres per pixel.
        settings: Name and value, for the table.
        statistics: As the job hands them back.
    """
    figures = [
        Figure("Training loss", statistics["loss"], "mean of the last 100 steps"),
        Figure("Steps", statistics["iterations"]),
        Figure("Chips seen", statistics["chips"]),
        Figure("DEMs", statistics["dems"], f"{statistics['dems_skipped']} skipped"),
    ]
    if run.history:
        figures.insert(1, Figure("Held-out loss", run.history[-1][1], "on the chips below"))
    sections: list[Section] = [Figures(figures), *_curve(run, held)]
    if held is not None:
        sections += _rebuilt(run, held, encoding, ground_resolution)
    sections += [Heading("Settings"), Table([], [list(row) for row in settings])]
    if pile is not None:
        sections += _dems(pile, statistics)
    write_page(path, f"Encoder: {title}", sections, f"{file}, learned without labels")


def _curve(run: Pretraining, held: HeldOut | None) -> list[Section]:
    losses = np.array(run.losses)
    window = max(1, len(losses) // 200)
    count = len(losses) // window
    means = losses[: count * window].reshape(count, window).mean(axis=1)
    series = [Series("training", list((np.arange(count) + 1) * window), list(means))]
    if run.history:
        name = "held-out chips" if held is not None and held.unseen else "chips below"
        series.append(Series(name, [s for s, _ in run.history], [v for _, v in run.history]))
    return [
        Heading("How training went"),
        LineChart(series, "step", "squared error of hidden patches"),
        Paragraph(
            "The loss falls fast and then slowly for very long: most of what an encoder learns, it learns in the slow "
            "part. It compares runs of the same settings only; how good an encoder is, a head trained on it tells."
        ),
    ]


def _rebuilt(run: Pretraining, held: HeldOut, encoding: Encoding, resolution: float) -> list[Section]:
    _, seen = run.look()
    original = torch.from_numpy(held.channels)
    rebuilt = run.model.rebuild(original, seen).numpy()
    hidden = hidden_pixels(seen, run.model.encoder.patch, held.valid.shape[1:])
    pictures = []
    for i, name in enumerate(held.names):
        first = relief(held.channels[i], held.valid[i], encoding, resolution)
        last = relief(rebuilt[i], held.valid[i], encoding, resolution)
        masked = np.where(hidden[i], np.uint8(HIDDEN), first)
        gap = np.full((first.shape[0], GAP), 255, np.uint8)
        pictures.append(Picture(np.concatenate([first, gap, masked, gap, last], axis=1), name))
    ground = (
        "This ground was kept out of training."
        if held.unseen
        else "There is too little ground to keep any aside: these places were learned from too."
    )
    return [
        Heading("What the encoder makes of ground with most of it hidden"),
        Pictures(
            pictures, 1,
            f"Left the original, in the middle what the encoder was shown, right what it rebuilt from that. {ground} "
            "Local relief, shaded; visible patches are the original's.",
        ),
    ]  # fmt: skip


def hidden_pixels(seen: Reconstruction, patch: int, shape: tuple[int, ...]) -> np.ndarray:
    """Where patches were hidden: ``(B, H, W) bool``."""
    rows, cols = shape[0] // patch, shape[1] // patch
    grid = seen.mask.numpy().reshape(-1, rows, cols)
    return np.kron(grid, np.ones((1, patch, patch), bool)).astype(bool)


def relief(channels: np.ndarray, valid: np.ndarray, encoding: Encoding, resolution: float) -> np.ndarray:
    """Channels as a shaded relief.

    Args:
        channels: ``(C, H, W) float32``.
        valid: ``(H, W) bool``.
        encoding: What they are.
        resolution: Metres per pixel.

    Returns:
        ``(H, W) uint8``.
    """
    if isinstance(encoding, ReliefEncoding):
        # Broad local relief back to metres; beyond three scales nothing is told apart any more.
        metres = np.arctanh(np.clip(channels[3], -0.995, 0.995)) * encoding.broad_scale
    else:
        spread = max(float(channels[0].std()), 1e-6)
        metres = channels[0] / spread * resolution
    return hillshade(metres.astype(np.float32), resolution, valid)


def _dems(pile: DemPile, statistics: Mapping[str, Any]) -> list[Section]:
    largest = sorted(pile.files, key=lambda f: -f.area)
    rows = [[f.name, f.area / 1e6, f"{f.pixel_size[0]:.3g} x {f.pixel_size[1]:.3g}"] for f in largest[:LISTED]]
    more = f" The largest {LISTED} of {len(largest)}." if len(largest) > LISTED else ""
    sections: list[Section] = [
        Heading("DEMs"),
        Table(["", "area (km²)", "pixel (m)"], rows, f"{len(largest)} DEMs, {pile.area / 1e6:,.1f} km².{more}"),
    ]
    if pile.skipped:
        rest = len(pile.skipped) - LISTED
        sections += [
            Heading("Skipped", 3),
            Table(
                ["", "reason"],
                [[Path(path).name, reason] for path, reason in pile.skipped[:LISTED]],
                f"{len(pile.skipped)} files could not be used." + (f" {rest} more are not listed." if rest > 0 else ""),
            ),
        ]
    if statistics["dems_damaged"]:
        sections.append(
            Paragraph(f"Parts of {statistics['dems_damaged']} DEMs could not be read and were passed over.", "warning")
        )
    return sections
