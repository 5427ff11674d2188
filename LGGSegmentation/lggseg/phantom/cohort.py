"""A synthetic cohort: outlines, FLAIR and clinical tables of people that nobody is, to try a study on.

What a study should find is built in: IDH wild type is more irregular, smaller and lives shorter than IDH mutant;
1p/19q is told by size alone. The tables are laid out as GDC and cBioPortal hand them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from lggseg.errors import InputError
from lggseg.files import staged
from lggseg.volumes import io

FEWEST = 12
MASKS, GDC, CBIOPORTAL = "cases", "clinical.tsv", "data_clinical_patient.txt"
"""What a synthetic cohort consists of: a folder of cases, and two tables."""

_SHAPE, _SPACING = (20, 96, 96), (0.9, 0.9, 5.0)
_SITES = ("AA", "BB", "CC")
_GROUPS = ("LGG_IDHwt", "LGG_IDHmut-codel", "LGG_IDHmut-non-codel")
_ROUGHNESS = (0.16, 0.09, 0.08)  # of the margin, against the radius
_RADIUS_MM = (17.0, 20.0, 24.0)
_MEDIAN_MONTHS = (18.0, 80.0, 70.0)
_FOLLOWED_MONTHS = 60.0


@dataclass(frozen=True)
class Person:
    """One synthetic patient; ``group`` is a place in the list of subtypes, ``months`` the time to death."""

    barcode: str
    group: int
    age: float
    months: float
    followed: float


def write_cohort(folder: Path, *, patients: int = 60, seed: int = 0, overwrite: bool = False) -> None:
    """Write a synthetic cohort.

    Args:
        folder: Where it goes.
        patients: How many; every fifth is IDH wild type, every fifth codeleted.
        seed: Chooses the people; the same seed gives the same cohort.
        overwrite: Whether files of the same name may be replaced.

    Raises:
        InputError: If there would be too few patients, or the seed is negative.
        OutputError: If it cannot be written.
    """
    if patients < FEWEST:
        msg = f"--patients: expected at least {FEWEST}, got {patients}; a study of fewer finds nothing"
        raise InputError(msg)
    if seed < 0:
        msg = f"--seed: expected 0 or more, got {seed}"
        raise InputError(msg)
    random = np.random.default_rng(seed)
    people = [_person(n, random) for n in range(patients)]
    with staged(folder, overwrite=overwrite) as stage:
        for person in people:
            case = stage / MASKS / person.barcode
            case.mkdir(parents=True)
            mask = _outline(person, random)
            io.write_volume(_image(mask.astype(np.uint8)), case / "label.nii.gz")
            io.write_volume(_image(_flair(mask, random)), case / "flair.nii.gz")
        (stage / GDC).write_text(_gdc(people), encoding="utf-8")
        (stage / CBIOPORTAL).write_text(_cbioportal(people), encoding="utf-8")


def _person(n: int, random: np.random.Generator) -> Person:
    group = {0: 0, 1: 1}.get(n % 5, 2)
    months = float(random.exponential(_MEDIAN_MONTHS[group] / np.log(2)))
    age = float(np.clip(random.normal(56 if group == 0 else 42, 11), 18, 85))
    followed = float(random.uniform(12, _FOLLOWED_MONTHS))
    return Person(f"TCGA-{_SITES[n % len(_SITES)]}-{1000 + n}", group, age, months, followed)


def _outline(person: Person, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return an ellipsoid whose surface is pushed in and out by smooth noise, rougher in some groups."""
    axes = [(np.arange(n) - (n - 1) / 2) * length for n, length in zip(_SHAPE, _SPACING[::-1], strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    radius = _RADIUS_MM[person.group] * random.uniform(0.8, 1.2)
    stretch = random.uniform(0.85, 1.2, 2)
    noise = ndimage.gaussian_filter(random.standard_normal(_SHAPE), (0.8, 4, 4))
    fine = ndimage.gaussian_filter(random.standard_normal(_SHAPE), (0.3, 1.5, 1.5))
    distance = np.sqrt((x * stretch[0]) ** 2 + (y * stretch[1]) ** 2 + (1.2 * z) ** 2) / radius
    rough = _ROUGHNESS[person.group] * random.uniform(0.7, 1.3)
    inside = distance + rough * (noise / noise.std() + 0.4 * fine / fine.std()) < 1
    labels, _ = ndimage.label(inside)
    return np.asarray(labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:])))


def _flair(mask: npt.NDArray[np.bool_], random: np.random.Generator) -> npt.NDArray[np.int16]:
    soft = ndimage.gaussian_filter(mask.astype(np.float32), (0.3, 1.0, 1.0))
    grain = ndimage.gaussian_filter(random.standard_normal(mask.shape), (0, 1, 1)) * 60
    return np.asarray(400 + 250 * soft + grain * (1 + soft), dtype=np.int16)


def _image(array: npt.NDArray[np.generic]) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(_SPACING)
    return image


def _gdc(people: list[Person]) -> str:
    """Return survival as GDC has it: one row a treatment, days, and two dashes for no entry."""
    columns = ("cases.submitter_id", "demographic.vital_status", "demographic.days_to_death",
               "diagnoses.days_to_last_follow_up", "demographic.age_at_index", "treatments.treatment_type")  # fmt: skip
    lines = ["\t".join(columns)]
    for person in people:
        dead = person.months <= person.followed
        death = f"{person.months * 30.4375:.0f}" if dead else "'--"
        last = "'--" if dead else f"{person.followed * 30.4375:.0f}"
        known = (person.barcode, "Dead" if dead else "Alive", death, last, f"{person.age:.0f}")
        lines += ["\t".join((*known, treatment)) for treatment in ("Radiation Therapy", "Pharmaceutical Therapy")]
    return "\n".join(lines) + "\n"


def _cbioportal(people: list[Person]) -> str:
    """Return the subtypes as cBioPortal has them, with its lines before the header."""
    head = ("#Patient Identifier\tSubtype", "#Identifier of the patient\tSubtype", "#STRING\tSTRING", "#1\t1")
    lines = [*head, "PATIENT_ID\tSUBTYPE", *(f"{person.barcode}\t{_GROUPS[person.group]}" for person in people)]
    return "\n".join(lines) + "\n"
