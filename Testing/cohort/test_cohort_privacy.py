"""What a cohort writes names studies by their place below the folder that was given, and knows no person."""

import gzip
import os
import zipfile

import pytest
from synthetic_dicom import write_series

from lggseg.cli import main
from lggseg.phantom.study import make_phantom, write_phantom

PERSON = "Doe_Jane_19701224"
SECRETS = ("doe_jane", "doe^jane", "19701224", "id4711")

SMALL = {"slices": 4, "size": 64, "spacing_mm": (3.4, 3.4, 30.0)}
DICOM = {"PatientName": "Doe^Jane", "PatientID": "ID4711", "PatientBirthDate": "19701224"}


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """Below a folder with a person's name: two good studies, three bad ones, and what is no study."""
    root = tmp_path_factory.mktemp(PERSON) / "in"
    write_phantom(root / "A", **SMALL)
    write_series(make_phantom(**SMALL)["flair"], root / "B", **DICOM)
    (root / "C_flair.nii.gz").write_bytes(gzip.compress(b"no volume"))
    (root / "D").mkdir()
    (root / "D" / "flair.nrrd").write_bytes(b"NRRD0004\ntype: float\ndimension: 3\nsizes: 4 4 4\nencoding: raw\n\n")
    with zipfile.ZipFile(root / "E.zip", "w") as archive:
        archive.writestr("notes.txt", "nothing here")
    (root / "F").mkdir()
    (root / "F" / "letter.docx").write_bytes(b"PK")
    return root


def cohort(studies, out, *options):
    assert main(["cohort", str(studies), "-o", str(out), "--jobs", "1", "--progress", "none", *options]) == 0
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {"cohort.csv", "studies.jsonl", "index.html", "cohort.json"} <= {path.name for path in files}
    return files


def content(path):
    raw = path.read_bytes()
    return gzip.decompress(raw) if path.suffix == ".gz" else raw


def leaks(files, out):
    """Return which files say, in their name or inside, who it was."""
    found = {}
    for path in files:
        text = (str(path.relative_to(out)).encode() + content(path)).lower()
        said = [secret for secret in SECRETS if secret.encode() in text]
        if said:
            found[path.name] = said
    return found


def test_no_file_says_where_the_studies_lie_or_whose_they_are(studies, tmp_path):
    files = cohort(studies, tmp_path / "out")
    assert leaks(files, tmp_path / "out") == {}


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_link_in_the_way_changes_nothing(studies, tmp_path):
    (tmp_path / "link").symlink_to(studies, target_is_directory=True)
    files = cohort(tmp_path / "link", tmp_path / "out")
    assert leaks(files, tmp_path / "out") == {}


def test_paths_are_written_where_they_are_asked_for(studies, tmp_path):
    files = cohort(studies, tmp_path / "out", "--with-paths")
    found = leaks(files, tmp_path / "out")
    assert {"report.json", "report.html"} <= set(found)
    assert "id4711" not in {secret for said in found.values() for secret in said}, "no tag of the patient all the same"
