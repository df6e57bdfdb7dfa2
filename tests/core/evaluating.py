"""What the tests of ``evaluate`` share: small masks and labels, and the job with its arguments."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from segmenting import MemoryReporter, write_dem

from dem_segmenter.commands import JobResult, evaluate
from dem_segmenter.errors import DemSegmenterError

SHAPE = (90, 110)


def arguments(*given: Any) -> argparse.Namespace:
    """Arguments of the job."""
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    return parser.parse_args([str(a) for a in given])


def run_job(*given: Any, reporter: MemoryReporter | None = None) -> tuple[JobResult, MemoryReporter]:
    """Run the job; whatever happens, no scratch folder is left."""
    reporter = reporter or MemoryReporter()
    try:
        result = evaluate.run(arguments(*given), reporter)
    finally:
        assert [path for path in reporter.scratches if path.exists()] == []
    return result, reporter


def houses(seed: int) -> np.ndarray:
    """Some rectangles, ``bool``."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(SHAPE, bool)
    for top in range(5, 80, 15):
        for left in range(5, 100, 15):
            if rng.random() < 0.8:
                h, w = rng.integers(4, 10, 2)
                mask[top : top + h, left : left + w] = True
    return mask


def write_mask(path: Path) -> Path:
    """Houses; the last ten columns are unknown."""
    values = houses(1).astype(np.uint8)
    values[:, 100:] = 255
    return write_dem(path, values, nodata=255)


def write_label(path: Path) -> Path:
    """Houses that are partly those of the mask."""
    return write_dem(path, (houses(1) ^ houses(2)).astype(np.uint8))


def fails(job: Any, kind: type[DemSegmenterError], match: str, *given: Any) -> DemSegmenterError:
    """The job fails with this sentence, and with advice."""
    with pytest.raises(kind, match=match) as caught:
        job(*given)
    assert caught.value.advice
    return caught.value
