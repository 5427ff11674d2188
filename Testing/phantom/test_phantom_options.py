"""What ``lggseg phantom`` and ``lggseg demo`` are asked for together has to be possible together."""

from __future__ import annotations

from pathlib import Path

import pytest

from lggseg.cli import main


@pytest.mark.parametrize("command", ["phantom", "demo"])
def test_what_is_not_there_does_not_grow(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "-o", str(tmp_path / "out"), "--no-tumor", "--growth", "2"]) == 2
    assert "expected --growth, or --no-tumor, got both (--growth 2); leave one out" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["phantom", "--seed", "-1"], "--seed: expected 0 or more, got -1"),
        (["example", "--seed", "-1"], "--seed: expected 0 or more, got -1"),
        (["phantom", "--growth", "nan"], "expected positive sizes for the synthetic study"),
    ],
)
def test_numbers_that_make_nothing_are_refused(
    words: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "-o", str(tmp_path / "out")]) == 2
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
