"""Which sequence a volume is: told by names, tags and values; a wrong FLAIR is never chosen."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from lggseg.phantom.study import make_phantom
from lggseg.volumes import geometry
from lggseg.volumes.sequence import Kind, assess, kind_of_name
from lggseg.volumes.sequence.names import plain

DATA = Path(__file__).resolve().parents[1] / "data"


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def study() -> dict[str, sitk.Image]:
    return make_phantom(slices=20, size=128, spacing_mm=(1.7, 1.7, 6.0))


@pytest.mark.parametrize("name", ["series_names_open.csv", "series_names_frozen.csv", "series_names_second.csv"])
def test_names_of_vendors_and_data_sets_are_known(name):
    rows = table(name)
    given = {row["text"]: (str(kind_of_name(row["text"])), row["answer"].split("|")) for row in rows}
    wrong_flair = [text for text, (kind, answers) in given.items() if kind == "flair" and kind not in answers]
    assert not wrong_flair
    right = sum(kind in answers for kind, answers in given.values())
    assert right >= 0.95 * len(rows)
    wrong = [text for text, (kind, answers) in given.items() if kind not in (*answers, "unknown")]
    assert not wrong, "what is not known has to ask"


def test_the_table_is_large_and_every_row_has_its_source():
    rows = [row for name in ("open", "frozen", "second") for row in table(f"series_names_{name}.csv")]
    assert len(rows) >= 200
    assert all(row["source"] and row["answer"] for row in rows)
    assert len({row["text"] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ax T1 FLAIR", Kind.T1),
        ("FLAIR_mask", Kind.MASK),
        ("t2_spc_da-fl_sag_p2_iso", Kind.FLAIR),
        ("sub_12_FLAIR.nii.gz", Kind.FLAIR),
        ("FLAIR_reg_to_T1.nii.gz", Kind.FLAIR),
        ("flair2t1.nii.gz", Kind.FLAIR),
        ("FLAIR_masked.nii.gz", Kind.FLAIR),
        ("diffuse_glioma_flair.nii", Kind.FLAIR),
        ("T1 W/O CONTRAST", Kind.T1),
        ("AX T1 W CONTRAST", Kind.T1_CONTRAST),
        ("T1 GAD NO FS", Kind.T1_CONTRAST),
        ("patient_pre.nii.gz", Kind.T1),
        ("patient_post.nii.gz", Kind.T1_CONTRAST),
        ("sub-01_ses-post_T2w.nii.gz", Kind.T2),
        ("t2_tirm_cor", Kind.UNKNOWN),  # FLAIR or STIR
        ("FLAIR subtraction", Kind.OTHER),
        ("Tête FLAIR à é", Kind.FLAIR),
        ("", Kind.UNKNOWN),
    ],
)
def test_names(text, kind):
    assert kind_of_name(text) is kind


@given(st.text(max_size=60))
def test_any_text_is_a_name(text):
    assert kind_of_name(text) in Kind
    assert plain(text) == plain(plain(text)) or plain(text)


@pytest.mark.parametrize(
    ("metadata", "kind"),
    [
        ({"InversionTime": 2500, "EchoTime": 109, "RepetitionTime": 9000}, Kind.FLAIR),
        ({"InversionTime": 1650, "EchoTime": 284, "RepetitionTime": 4800}, Kind.FLAIR),
        ({"InversionTime": 750, "EchoTime": 24, "RepetitionTime": 2100}, Kind.T1),
        ({"InversionTime": 900, "EchoTime": 2.9, "RepetitionTime": 2300, "ScanningSequence": "GR\\IR"}, Kind.T1),
        ({"EchoTime": 10, "RepetitionTime": 500, "ContrastBolusAgent": "Gadovist"}, Kind.T1_CONTRAST),
        ({"EchoTime": 10, "RepetitionTime": 500, "ContrastBolusAgent": "NONE"}, Kind.T1),
        ({"InversionTime": 150, "EchoTime": 60, "RepetitionTime": 5000}, Kind.OTHER),
        ({"EchoTime": 100, "RepetitionTime": 5000}, Kind.UNKNOWN),
        ({"DiffusionBValue": 1000}, Kind.DIFFUSION),
        ({"ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]}, Kind.DIFFUSION),
        ({"ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"}, Kind.OTHER),
        ({"Modality": "CT", "SeriesDescription": "FLAIR"}, Kind.CT),
        ({"InversionTime": "text", "EchoTime": "nan", "RepetitionTime": None}, Kind.UNKNOWN),
    ],
)
def test_tags(metadata, kind):
    assert assess(None, metadata).kind is kind


def test_name_and_times_that_disagree_are_a_doubt_in_words():
    assessment = assess(None, {"SeriesDescription": "AX FLAIR", "InversionTime": 750, "EchoTime": 20})
    assert not assessment.refused
    assert assessment.doubt.startswith("This may not be a T2-FLAIR volume: its times (TI 750, TE 20 ms)")
    assert "yet its SeriesDescription «AX FLAIR» says T2-FLAIR" in assessment.doubt


def test_a_t1_flair_by_description_is_refused():
    assessment = assess(None, {"SeriesDescription": "Sag T1 FLAIR"})
    assert assessment.refused
    assert (
        assessment.doubt
        == "This is no T2-FLAIR volume: its SeriesDescription «Sag T1 FLAIR» says T1 without contrast agent."
    )


def test_flair_of_all_names_is_neither_refused_nor_doubted(study):
    for name in ("flair.nii.gz", "volume.nii.gz", "t2_tirm_tra_dark-fluid"):
        assert not assess(study["flair"], None, name).doubt


def test_a_mask_is_refused_whatever_it_is_called(study):
    for name in ("flair.nii.gz", "mask.nii.gz", ""):
        assessment = assess(study["label"], {"SeriesDescription": "AX FLAIR"}, name)
        assert assessment.refused
        assert assessment.kind is Kind.MASK
        assert "2 different values" in assessment.doubt


def test_a_label_map_of_many_tissues_is_refused(study):
    labels = np.repeat(np.repeat(np.arange(400).reshape(20, 20), 8, 0), 8, 1)[None] + np.zeros((20, 1, 1))
    assessment = assess(sitk.GetImageFromArray(labels.astype(np.int32)), None, "aparc+aseg.mgz")
    assert assessment.refused
    assert "flat regions" in assessment.doubt


def test_a_probability_map_is_refused(study):
    smooth = sitk.DiscreteGaussian(sitk.Cast(study["label"], sitk.sitkFloat32), 1.0)
    assessment = assess(smooth, None, "flair.nii.gz")
    assert assessment.refused
    assert "probability map" in assessment.doubt


@pytest.mark.parametrize("offset", [0, 1024])
def test_ct_is_refused_with_and_without_its_offset(study, offset):
    assert assess(ct_like(study, offset), None, "flair.nii.gz").kind is Kind.CT
    assert assess(ct_like(study, offset), None, "flair.nii.gz").refused


@pytest.mark.parametrize("padding", [-1000, -2000, -32768])
def test_padding_does_not_make_flair_a_ct(study, padding):
    array = sitk.GetArrayFromImage(study["flair"]).astype(np.int32)
    array[:, :30, :30] = padding
    for scaled in (array, np.where(array == padding, padding, array // 8)):
        image = geometry.like(scaled.astype(np.int32), study["flair"])
        assert assess(image, None, "flair.nii.gz").kind is Kind.FLAIR


def ct_like(study: dict[str, sitk.Image], offset: int) -> sitk.Image:
    """Air, skin, bone and brain of the synthetic head in Hounsfield units."""
    flair = sitk.GetArrayFromImage(study["flair"]).astype(np.float64)
    random = np.random.default_rng(0)
    head = flair > 60
    ct = np.where(head, 35 + random.normal(0, 6, flair.shape), -1000)
    ct[head & (random.random(flair.shape) < 0.03)] = 900
    return geometry.like((ct + offset).astype(np.int16), study["flair"])


@pytest.mark.data
def test_no_real_flair_is_doubted_and_every_label_map_is_refused(external_data):
    """Volumes of other scanners, without a name that would help."""
    seen = {"flair": 0, "label": 0}
    for file in sorted(external_data.rglob("*.nii.gz")):
        assessment = assess(sitk.ReadImage(str(file)), None, "volume.nii.gz")
        is_mask = any(word in file.name for word in ("label", "lesion"))
        assert assessment.refused if is_mask else not assessment.doubt, file
        seen["label" if is_mask else "flair"] += 1
    assert min(seen.values()) > 0


@pytest.mark.data
def test_no_flair_of_the_data_set_is_doubted(lgg_data):
    from lggseg.volumes.tiff_stack import read_tiff_stack

    folders = sorted(folder for folder in lgg_data.rglob("TCGA_*") if folder.is_dir())[::9]
    assert folders
    for folder in folders:
        assert not assess(read_tiff_stack(folder)["flair"], None, folder.name).doubt
