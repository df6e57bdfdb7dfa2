"""The page about a trained head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..elevation.encoding import MinMaxEncoding
from ..elevation.source import DemSource
from ..events import Reporter
from ..modelfiles.loading import LoadedHead, SegmentationModel
from ..network.upernet import UperNetHead
from ..reports.charts import LineChart, Series
from ..reports.page import Figure, Figures, Heading, Paragraph, Picture, Pictures, Section, Table, write_page
from ..reports.pictures import comparison_legend, hillshade, overlay, tint
from .augmentation import PLAIN
from .candidates import box_of, unlabelled_chips
from .chips import cut_labelled_chip, make_view, nearest
from .head_from_labels import TrainedHead
from .metrics import Counts, compare
from .placed_chips import PlacedChip
from .scenes import UNKNOWN
from .suggestions import suggest

#: Validation chips shown, and places suggested.
SHOWN, SUGGESTED = 12, 5
#: Places looked at for suggestions.
LOOKED_AT = 60


def write_report(path: Path, trained: TrainedHead, dems: Sequence[DemSource], file: str, reporter: Reporter) -> None:
    """Write the page.

    Args:
        path: ``.html``.
        trained: After its run.
        dems: Still open.
        file: Name of the head's file, for the title.
        reporter: For cancelling.
    """
    network = trained.training.average
    assert isinstance(network, UperNetHead)
    card = trained.card(file)
    model = SegmentationModel(
        trained.encoder,
        trained.encoding,
        [LoadedHead(card, network)],
        trained.training.device,
    )
    sections: list[Section] = [*_summary(trained), *_curves(trained)]
    if trained.validation:
        sections += _validation(trained)
    sections += _next(trained, model, dems, reporter)
    sections += _recipe(trained)
    write_page(
        path, f"Head: {trained.request.title}", sections, f"{file}, trained on {', '.join(d.name for d in dems)}"
    )


def _summary(trained: TrainedHead) -> list[Section]:
    best = trained.training.best
    figures = [
        Figure("Training chips", len(trained.chips)),
        Figure("Validation chips", len(trained.validation)),
    ]
    sections: list[Section] = []
    if best is not None:
        figures = [
            Figure("IoU", best.iou, "on the validation chips"),
            Figure("Threshold", best.threshold, "best on them"),
            Figure("Best step", best.step, f"of {trained.request.options.iterations}"),
            *figures,
        ]
        sections.append(
            Paragraph(
                "The validation chips also chose the weights and the threshold, so the figure is a little kind. "
                "For an honest one, label some other ground and run 'Evaluate a mask or a head' on it.",
                "note",
            )
        )
    else:
        sections.append(
            Paragraph("There was no ground to validate on: how good this head is has not been measured.", "warning")
        )
    return [Figures(figures), *sections]


def _curves(trained: TrainedHead) -> list[Section]:
    losses = np.array(trained.training.losses)
    window = max(1, len(losses) // 100)
    count = len(losses) // window
    means = losses[: count * window].reshape(count, window).mean(axis=1)
    steps = (np.arange(count) + 1) * window
    sections: list[Section] = [
        Heading("How training went"),
        LineChart([Series("training loss", list(steps), list(means))], "step", "weighted cross-entropy"),
    ]
    history = trained.training.history
    if history:
        best = trained.training.best
        assert best is not None
        sections.append(
            LineChart(
                [Series("IoU on the validation chips", [v.step for v in history], [v.iou for v in history])],
                "step",
                "IoU",
                y_range=(0.0, 1.0),
                x_marks=[(best.step, "kept")],
            )
        )
    return sections


def _validation(trained: TrainedHead) -> list[Section]:
    counts = Counts()
    pictures: list[tuple[float, Picture]] = []
    tile = trained.encoder.options.tile
    resolution = trained.encoder_card.ground_resolution
    for chip, probability, target in zip(trained.validation, *_predicted(trained), strict=True):
        mask = np.where(target == UNKNOWN, UNKNOWN, probability >= trained.threshold).astype(np.uint8)
        found = compare(mask, target)
        counts += found
        shade = _shade(chip, tile, resolution)
        pair = np.concatenate([_label(shade, target), overlay(shade, target, mask)], axis=1)
        iou = found.iou
        caption = f"{chip.scene.name}: " + (f"IoU {iou:.2f}" if iou == iou else "none here, none found")
        # The worst first; chips without the class by what was invented there.
        pictures.append((iou if iou == iou else 1.0, Picture(pair, caption)))
    pictures.sort(key=lambda item: item[0])
    return [
        Heading("Validation chips"),
        Table(
            ["", f"labelled {trained.request.class_name}", "labelled other"],
            [
                [f"predicted {trained.request.class_name}", counts.hit, counts.invented],
                ["predicted other", counts.missed, counts.rest],
            ],
            "Pixels, at the head's threshold.",
        ),
        Table(["IoU", "F1", "precision", "recall"], [[counts.iou, counts.f1, counts.precision, counts.recall]]),
        Pictures(
            [picture for _, picture in pictures[:SHOWN]],
            2,
            "Left the label, right the prediction against it; the worst first.",
            comparison_legend(),
        ),
    ]


def _predicted(trained: TrainedHead) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Probability and target of every validation chip."""
    probabilities, targets = [], []
    for channels, target in trained.validation_batches:
        probabilities += list(trained.training.predict(channels)[:, 1])
        targets += list(target)
    return probabilities, targets


def _shade(chip: PlacedChip, tile: int, resolution: float) -> np.ndarray:
    """``(tile, tile) uint8`` shaded relief of just what the network saw."""
    view = make_view(
        chip.scene,
        MinMaxEncoding(),  # elevation itself, before it is finished
        np.random.default_rng(0),
        replace(PLAIN, resolution=(resolution, resolution)),
    )
    cut = cut_labelled_chip(view, tile, np.random.default_rng(0), augment=False)
    return hillshade(cut.channels[0].astype(np.float32), resolution, cut.valid)


def _label(shade: np.ndarray, target: np.ndarray) -> np.ndarray:
    return overlay(shade, target, np.where(target == 1, 1, target).astype(np.uint8))


def _next(
    trained: TrainedHead, model: SegmentationModel, dems: Sequence[DemSource], reporter: Reporter
) -> list[Section]:
    """What to label next."""
    every = [*trained.chips, *trained.validation]
    side = trained.encoder.options.tile * trained.encoder_card.ground_resolution
    margin = trained.encoding.margin(trained.encoder_card.ground_resolution) * trained.encoder_card.ground_resolution
    rng = np.random.default_rng(trained.request.options.seed)
    candidates: list[PlacedChip] = []
    for dem in dems:
        taken = [box_of(chip.window) for chip in every if chip.dem == dem.name]
        candidates += unlabelled_chips(
            dem, taken, side=side, margin=margin, most=LOOKED_AT // len(dems) + 1, rng=rng, reporter=reporter
        )
    if not candidates:
        return [Heading("What to label next"), Paragraph("All the ground of these DEMs is labelled.")]
    suggestions, seen = suggest(model, candidates, every, SUGGESTED, reporter, (97.0, 99.0))
    pictures = []
    rows = []
    for number, suggestion in enumerate(suggestions, 1):
        chip = candidates[suggestion.index]
        probability = seen.probability[suggestion.index]
        shade = _shade(chip, trained.encoder.options.tile, trained.encoder_card.ground_resolution)
        shade = nearest(shade, probability.shape)
        picture = tint(shade, np.nan_to_num(probability) >= trained.threshold, (240, 180, 20))
        pictures.append(Picture(picture, f"{number}: {chip.scene.name}"))
        x = (chip.bounds[0] + chip.bounds[2]) / 2
        y = (chip.bounds[1] + chip.bounds[3]) / 2
        rows.append([number, chip.dem, f"{x:.6f}, {y:.6f}", suggestion.uncertainty, suggestion.novelty])
    return [
        Heading("What to label next"),
        Paragraph(
            f"Of {len(candidates)} places looked at, these would teach most: the head is unsure there and the ground "
            "is unlike what was labelled. 'Suggest where to label next' gives them as polygons."
        ),
        Table(["", "DEM", "longitude, latitude", "uncertainty (bits)", "novelty (1 = usual)"], rows),
        Pictures(pictures, 3, "What the head finds there now."),
    ]


def _recipe(trained: TrainedHead) -> list[Section]:
    options = trained.request.options
    rows = [
        ["Encoder", trained.encoder_card.name],
        ["Started from", trained.card("").recipe["start_from"] or "random weights"],
        ["Steps and chips a step", f"{options.iterations} x {options.batch_size}"],
        ["Peak learning rate, decay power", f"{options.learning_rate:g}, {options.power:g}"],
        ["Weight decay (AdamW)", options.weight_decay],
        ["Class weight", f"rarity to the power {options.class_weight:g}"],
        ["Share of the encoder's features withheld in a step", f"{options.feature_dropout:g}"],
        ["Augmentation", trained.request.augmentation],
        ["Seed", options.seed],
    ]
    return [Heading("Recipe"), Table([], rows)]
