"""What torch and the system around it need, in one place: switches, operators, devices, precision, memory, files."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import DeviceError

if TYPE_CHECKING:
    import torch

# huggingface_hub reads these when it is imported (by timm): set them before.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# Read when torch loads OpenMP (GNU's). Threads that spin for long while they wait for each other make a batch three
# times as slow once something else wants a core, and beside QGIS something always does (docs/architecture.md).
os.environ.setdefault("GOMP_SPINCOUNT", "10000")


#: Seconds to wait for a file that somebody else holds. Windows refuses to move it, and a virus scanner or a folder's
#: synchronisation opens whatever was just written, for a moment. Elsewhere a refusal is final.
FILE_PATIENCE = 2.0 if os.name == "nt" else 0.0


def keep_memory() -> None:
    """Let the process keep the memory that it frees, for the next batch (GNU C library only; elsewhere nothing).

    By default large blocks go back to the system at once and come again as pages that have to be cleared: a tenth of
    the time of a batch on a CPU.
    """
    if platform.system() != "Linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)


#: Parameters of mallopt(3), from malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4


def import_timm() -> None:
    """Import timm, mending torchvision where it does not fit torch.

    timm imports torchvision. PyPI's torchvision beside a CPU-only torch fails with "operator torchvision::nms does not
    exist", because it was built for CUDA; naming the missing operators first lets it import. None of them is used here.
    """
    try:
        import timm
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        import sys

        import torch

        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import_timm._library = library  # type: ignore[attr-defined]  # dropped with its last reference
        for name in [m for m in sys.modules if m.split(".")[0] in ("torchvision", "timm")]:
            del sys.modules[name]
        import timm  # noqa: F401


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that memory ran out: CUDA's, MPS's or the CPU allocator's."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return "out of memory" in text or "can't allocate memory" in text or "not enough memory" in text


def pick_device(name: str = "auto") -> torch.device:
    """The device to run on.

    Args:
        name: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.

    Raises:
        DeviceError: The device is not there.
    """
    import torch

    name = name.strip().lower() or "auto"
    mps = getattr(torch.backends, "mps", None)
    has_mps = bool(mps and mps.is_available())
    if name == "auto":
        # Apple's graphics (mps) only when asked for by name: nobody has run it yet.
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    there = ["cpu"] + [f"cuda:{i}" for i in range(torch.cuda.device_count())] + (["mps"] if has_mps else [])
    if name in there:
        return torch.device(name)
    if name == "cuda" and torch.cuda.is_available():
        return torch.device("cuda")
    raise DeviceError(
        f"The device '{name}' is not available; this computer offers: {', '.join(there)}.",
        "Choose 'auto' or 'cpu' as device.",
    )


def device_name(device: torch.device) -> str:
    """What a person calls the device."""
    import torch

    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} ({device})"
    return f"{platform.processor() or platform.machine()} ({device.type})"


def limit_threads() -> None:
    """Honour ``DEM_SEGMENTER_THREADS``: how many cores torch may use."""
    import torch

    wanted = os.environ.get("DEM_SEGMENTER_THREADS")
    if wanted and wanted.isdigit():
        torch.set_num_threads(max(1, int(wanted)))


def has_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is faster than float32 there (on a CPU only with the instructions for it)."""
    import torch

    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())
    return False


@contextlib.contextmanager
def mixed_precision(device: torch.device) -> Iterator[None]:
    """bfloat16 autocast where the device gains from it, float32 elsewhere."""
    import torch

    if has_bfloat16(device):
        with torch.autocast(device.type, torch.bfloat16):
            yield
    else:
        yield


def replace_file(source: Path, target: Path) -> None:
    """Move a file to its name, over what is there.

    Raises:
        OSError: It cannot be moved, also not a little later.
    """
    until = time.monotonic() + FILE_PATIENCE
    while True:
        try:
            os.replace(source, target)
            return
        except PermissionError:
            if time.monotonic() >= until:
                raise
        time.sleep(0.1)


def flush_file(path: Path) -> None:
    """See that a file's content is on the disk, or a power cut could leave its name with nothing in it.

    Raises:
        OSError: The disk does not take it.
    """
    with open(path, "r+b") as stream:  # Windows flushes only what may be written to
        os.fsync(stream.fileno())
