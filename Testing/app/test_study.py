import zipfile

import pytest

pytest.importorskip("slicer", reason="slicer-core is not installed")

from hypothesis import given
from hypothesis import strategies as st

from lggseg.errors import InputError
from lggseg_app.study import is_inside, sources_in, unpack


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../a", "a/../../b", "..\\a", "C:\\a", "C:/a", "a/.."])
def test_names_that_lead_outside_are_told(name):
    assert not is_inside(name)


@given(st.lists(st.text("abc ü.-_", min_size=1).filter(lambda part: part.strip(".")), min_size=1, max_size=4))
def test_plain_names_stay_inside(parts):
    assert is_inside("/".join(parts))


def test_a_zip_that_leads_outside_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../evil", "x")
    with pytest.raises(InputError, match=r"a\.zip: expected a zip file of one study, got the file '\.\./evil'"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "evil").exists()


def test_a_damaged_zip_is_refused(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match=r"a\.zip: expected a zip file"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_volumes_and_folders_of_slices_are_found(tmp_path):
    for name in ("flair.nii.gz", "t1/IM0001", "t1/IM0002", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert sources_in(tmp_path) == [tmp_path / "flair.nii.gz", tmp_path / "t1"]
