"""The command line's jobs, one module each.

A module has ``HELP`` (one line), ``add_arguments(parser)`` and ``run(args, reporter) -> JobResult``. It imports torch,
rasterio and the like inside ``run``, so that ``--help`` and argument errors answer at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Sub-command -> module of this package.
JOBS: dict[str, str] = {
    "segment": "segment",
    "evaluate": "evaluate",
    "train": "train",
    "pretrain": "pretrain",
    "importencoder": "import_encoder",
    "suggest": "suggest",
    "info": "info",
    "synthesize": "synthesize",
    "leave-out": "leave_out",
    "embed": "embed",
    "benchmark": "benchmark",
}


@dataclass(frozen=True)
class JobResult:
    """What a job hands back.

    Attributes:
        outputs: Name of each output that was asked for and its path.
        statistics: Numbers and short texts worth telling.
    """

    outputs: Mapping[str, Path] = field(default_factory=dict)
    statistics: Mapping[str, Any] = field(default_factory=dict)
