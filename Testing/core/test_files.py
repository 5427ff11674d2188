from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from lggseg.errors import FormatError, OutputError
from lggseg.files import replacing, sha256_of


def test_the_file_appears_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "new" / "result.txt"
    with replacing(target) as temporary:
        temporary.write_text("whole")
        assert temporary.parent == target.parent
        assert temporary.name.endswith(target.name)
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "result.txt"
    target.write_text("old")

    def fail() -> None:
        with replacing(target) as temporary:
            temporary.write_text("half")
            msg = "stop"
            raise KeyError(msg)

    with pytest.raises(KeyError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_full_disk_is_explained(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"No space left on device.*MB are free"), replacing(tmp_path / "a.bin"):
        raise OSError(28, os.strerror(28))


def test_errors_of_simpleitk_are_explained(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write it"), replacing(tmp_path / "a.nrrd"):
        raise RuntimeError("Exception\nITK ERROR: cannot write it")  # noqa: EM101


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.nrrd").mkdir()
    with pytest.raises(OutputError, match="a folder has that name"), replacing(tmp_path / "a.nrrd"):
        pass


def test_no_rights_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # whoever runs the tests may be allowed everything
    with pytest.raises(OutputError, match="no right to write"), replacing(tmp_path / "a.nrrd"):
        pass


def test_checksum_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"lggseg")
    assert sha256_of(tmp_path / "a") == hashlib.sha256(b"lggseg").hexdigest()


def test_checksum_of_a_folder_sees_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    first = sha256_of(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    renamed = sha256_of(tmp_path)
    (tmp_path / "b").write_bytes(b"2")
    assert len({first, renamed, sha256_of(tmp_path)}) == 3


def test_checksum_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="No such file"):
        sha256_of(tmp_path / "missing")
