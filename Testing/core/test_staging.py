import os
import stat

import pytest

from lggseg.errors import OutputError
from lggseg.staging import refuse_to_replace, staged


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
    assert (tmp_path / "a.txt").read_text() == "old"
    with staged(tmp_path, overwrite=True) as stage:
        (stage / "a.txt").write_text("new")
    assert (tmp_path / "a.txt").read_text() == "new"


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OutputError, match="expected a folder that can be written"),
        staged(tmp_path / "file", overwrite=False),
    ):
        pass


def test_a_full_disk_is_reported(tmp_path):
    with pytest.raises(OutputError, match=r"No space left on device.*make room"), staged(tmp_path, overwrite=False):
        raise OSError(28, os.strerror(28))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_named(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(OutputError, match="Permission denied"), staged(tmp_path / "x", overwrite=False):
        pass
