"""Torch's surroundings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from dem_segmenter.cli import UnexpectedError, explain
from dem_segmenter.errors import DeviceError
from dem_segmenter.runtime import has_bfloat16, pick_device

CHECKOUT = Path(__file__).resolve().parents[2]

#: Pages that the process had to be given while it made and dropped a large block twenty times.
FAULTS = """
import resource, sys
from dem_segmenter import runtime
if sys.argv[1] == "keep":
    runtime.keep_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
block = b"x" * 48_000_000
del block
before = faults()
for _ in range(20):
    block = b"x" * 48_000_000
    del block
print(faults() - before)
"""


def _run(code: str, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=CHECKOUT, env={**os.environ, **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_freed_memory_is_kept_for_the_next_batch() -> None:
    kept, given_back = (int(_run(FAULTS, what)) for what in ("keep", "give back"))
    assert given_back > 5_000  # twenty times 48 MB are 230 thousand pages of 4 kB, fewer where pages are larger
    assert kept < given_back / 10


def test_switches_are_set_before_torch_is_there_and_a_users_own_stay() -> None:
    code = "import os, sys; from dem_segmenter import runtime; print('torch' in sys.modules, os.environ[sys.argv[1]])"
    assert _run(code, "HF_HUB_OFFLINE") == "False 1"
    assert _run(code, "GOMP_SPINCOUNT") == "False 10000"
    assert _run(code, "GOMP_SPINCOUNT", GOMP_SPINCOUNT="7") == "False 7"


def test_memory_that_ran_out_is_told_apart_from_a_fault() -> None:
    said = explain(
        RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: not enough memory: you tried")
    )
    assert isinstance(said, DeviceError)
    assert "ran out of memory" in str(said)
    assert isinstance(explain(RuntimeError("shapes do not match")), UnexpectedError)


def test_apples_graphics_are_used_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert pick_device("auto").type == "cpu"
    assert pick_device("mps").type == "mps"


def test_bfloat16_is_used_only_where_the_card_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Older cards emulate it, which is slower than float32."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    assert not has_bfloat16(torch.device("cuda"))
