from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from places import CORE

from lggseg.errors import FormatError, OutputError
from lggseg.files import new_folder, refuse_own_input, refuse_to_replace, replacing, sha256_of, staged
from lggseg.leftovers import new_name, sweep


def test_the_file_appears_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "new" / "result.txt"
    with replacing(target) as temporary:
        temporary.write_text("whole")
        assert temporary.parent == target.parent
        assert temporary.name.endswith(".txt")
        assert not target.exists()
    assert target.read_text(encoding="utf-8") == "whole"
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
    assert target.read_text(encoding="utf-8") == "old"
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


def test_files_appear_at_the_end_and_nothing_else(tmp_path):
    folder = tmp_path / "deep" / "result"
    with staged(folder, overwrite=False) as stage:
        (stage / "a.txt").write_text("a")
        assert not (folder / "a.txt").exists()
    assert [file.name for file in folder.iterdir()] == ["a.txt"]


def test_a_failure_leaves_no_trace(tmp_path):
    def fail():
        with staged(tmp_path, overwrite=False) as stage:
            (stage / "a.txt").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_existing_results_are_kept_unless_told_otherwise(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(OutputError, match=r"holds a\.txt already; choose another folder or add --overwrite"):
        refuse_to_replace(tmp_path, ["a.txt", "b.txt"])
    with pytest.raises(OutputError, match="add --overwrite"), staged(tmp_path, overwrite=False) as stage:
        (stage / "a.txt").write_text("new")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "old"
    with staged(tmp_path, overwrite=True) as stage:
        (stage / "a.txt").write_text("new")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "new"


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OutputError, match="expected to write this folder"),
        staged(tmp_path / "file", overwrite=False),
    ):
        pass


def test_a_full_disk_is_reported(tmp_path):
    with pytest.raises(OutputError, match=r"No space left on device.*MB are free"), staged(tmp_path, overwrite=False):
        raise OSError(28, os.strerror(28))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_named(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(OutputError, match="Permission denied"), staged(tmp_path / "x", overwrite=False):
        pass


def test_folders_in_a_stage_come_along(tmp_path):
    with staged(tmp_path / "model", overwrite=False) as stage:
        (stage / "configs").mkdir()
        (stage / "configs" / "a.json").write_text("{}")
    assert (tmp_path / "model" / "configs" / "a.json").read_text(encoding="utf-8") == "{}"


def test_a_new_folder_appears_whole(tmp_path):
    with new_folder(tmp_path / "run") as stage:
        (stage / "a").write_text("a")
        assert stage.name == "run"
        assert not (tmp_path / "run").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    with pytest.raises(OutputError, match="expected a new folder"), new_folder(tmp_path / "run"):
        pass


@pytest.mark.skipif(os.name != "posix", reason="whether a process lives is asked as POSIX allows")
def test_what_a_killed_process_left_is_removed_next_time(tmp_path: Path) -> None:
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(CORE.parent)!r})
from pathlib import Path
from lggseg.files import replacing, staged
with staged(Path({str(tmp_path)!r}), overwrite=False) as stage, replacing(Path({str(tmp_path / "b.txt")!r})) as file:
    (stage / "a.txt").write_text("half")
    file.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", program], check=False)
    assert len(list(tmp_path.glob(".lggseg-*"))) == 2
    with staged(tmp_path, overwrite=False) as stage, staged(tmp_path, overwrite=False) as other:
        (stage / "a.txt").write_text("whole")
        (other / "c.txt").write_text("that of a process that lives stays")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "c.txt"]


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="Linux alone tells a process that nobody waits for")
def test_a_process_that_ended_and_is_not_waited_for_is_no_living_one(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.DEVNULL)
    try:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays in the list
        os.kill(ended.pid, 0)
        left = tmp_path / new_name().replace(f"-{os.getpid()}-", f"-{ended.pid}-")
        own = tmp_path / new_name()
        for folder in (left, own):
            folder.mkdir()
        sweep(tmp_path)
        assert list(tmp_path.iterdir()) == [own]
    finally:
        ended.wait()


def test_a_result_does_not_replace_what_it_is_made_from(tmp_path: Path) -> None:
    output = tmp_path / "segmentation.nii.gz"
    output.write_text("drawn by hand")
    with pytest.raises(OutputError, match="got one that the results are made from; choose another place"):
        refuse_own_input([output], [None, tmp_path / ".." / tmp_path.name / output.name])
    refuse_own_input([tmp_path / "new.nii.gz"], [output, tmp_path])
