"""``info``: what this engine is made of, where it can run, and the models it finds."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import Any

from .. import __version__
from ..events import Reporter
from . import JobResult

HELP = "show versions, devices and models"

#: Modules the engine needs and the packages that bring them. timm goes through `runtime`, which mends torchvision.
PACKAGES: dict[str, str] = {
    "numpy": "numpy",
    "scipy": "scipy",
    "rasterio": "rasterio",
    "pyogrio": "pyogrio",
    "shapely": "shapely",
    "skimage": "scikit-image",
    "jinja2": "Jinja2",
    "PIL": "pillow",
    "safetensors": "safetensors",
    "torch": "torch",
    "timm": "timm",
    "tqdm": "tqdm",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument(
        "--models-dir", type=Path, action="append", default=[], metavar="DIR", help="more folders with models"
    )


def run(args: argparse.Namespace, reporter: Reporter) -> JobResult:
    """Run the job. Never fails: what is missing is part of the answer."""
    packages, broken = _packages()
    for package, reason in broken.items():
        reporter.warning(f"The package '{package}' {reason}; set up the engine again.")
    values: dict[str, Any] = {
        "version": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "packages": packages,
        "missing": sorted(broken),
        "devices": [] if "torch" in broken else _devices(),
        "models": _models(args.models_dir),
        "ready": not broken,
    }
    return JobResult(statistics=values)


def _packages() -> tuple[dict[str, str], dict[str, str]]:
    """Versions of the packages that work, and what is wrong with the others."""
    from .. import runtime

    versions: dict[str, str] = {}
    broken: dict[str, str] = {}
    for module, package in PACKAGES.items():
        try:
            if module == "timm":
                runtime.import_timm()
            else:
                importlib.import_module(module)
            versions[package] = importlib.metadata.version(package)
        except ModuleNotFoundError as error:
            wanted = (error.name or "").split(".")[0]
            broken[package] = "is not installed" if wanted in ("", module) else f"needs '{wanted}', which is missing"
        except Exception as error:  # a broken library can fail in any way when it is loaded
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            broken[package] = f"is installed but does not load ({first})"
    return versions, broken


def _devices() -> list[dict[str, Any]]:
    """Every device torch can use, the processor first."""
    import torch

    from .. import runtime

    found: list[dict[str, Any]] = [_device("cpu", runtime.device_name(torch.device("cpu")), _memory_mb())]
    for index in range(torch.cuda.device_count()):
        memory = torch.cuda.get_device_properties(index).total_memory
        found.append(_device(f"cuda:{index}", torch.cuda.get_device_name(index), memory >> 20))
    mps = getattr(torch.backends, "mps", None)
    if mps is not None and mps.is_available():
        found.append(_device("mps", runtime.device_name(torch.device("mps")), _memory_mb()))
    return found


def _device(identifier: str, name: str, memory_mb: int | None) -> dict[str, Any]:
    return {"id": identifier, "name": name, "memory_mb": memory_mb}


def _memory_mb() -> int | None:
    """The computer's memory; None on systems that do not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    except (AttributeError, ValueError, OSError):
        return None


def _models(folders: list[Path]) -> list[dict[str, str]]:
    """Heads and encoders found."""
    from ..modelfiles.card import installed_models, read_card

    cards = [(read_card(path), path) for path in installed_models(folders)]
    return [{"name": card.name, "kind": card.kind, "title": card.title, "path": str(path)} for card, path in cards]
