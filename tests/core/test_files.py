"""Moving files into place where somebody else may hold them for a moment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dem_segmenter import runtime


def held(times: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let moving fail that often, as on Windows while a virus scanner looks at a file."""
    tries: list[int] = []
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        tries.append(len(tries))
        if len(tries) <= times:
            raise PermissionError(13, "The process cannot access the file")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    return tries


def test_a_file_that_is_held_for_a_moment_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("new")
    (tmp_path / "b").write_text("old")
    monkeypatch.setattr(runtime, "FILE_PATIENCE", 5.0)
    tries = held(2, monkeypatch)
    runtime.replace_file(tmp_path / "a", tmp_path / "b")
    assert len(tries) == 3
    assert (tmp_path / "b").read_text() == "new"


def test_a_file_that_stays_held_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").touch()
    monkeypatch.setattr(runtime, "FILE_PATIENCE", 0.3)
    tries = held(1000, monkeypatch)
    with pytest.raises(PermissionError):
        runtime.replace_file(tmp_path / "a", tmp_path / "b")
    assert len(tries) > 1


def test_where_a_refusal_is_final_nobody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "FILE_PATIENCE", 0.0)
    tries = held(1000, monkeypatch)
    with pytest.raises(PermissionError):
        runtime.replace_file(tmp_path / "a", tmp_path / "b")
    assert len(tries) == 1


def test_what_is_flushed_may_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Windows refuses to flush a file that is open for reading only.
    (tmp_path / "a").write_text("content")
    modes: list[int] = []
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(os, "fsync", lambda number: modes.append(fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE))
    runtime.flush_file(tmp_path / "a")
    assert modes == [os.O_RDWR]
    assert (tmp_path / "a").read_text() == "content"
