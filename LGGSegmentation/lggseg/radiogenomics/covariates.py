"""What an association is adjusted for: age, grade, institution, IDH and 1p/19q, volume; found by their usual names."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lggseg.cohort.patients import OTHER_INSTITUTION, institution_of
from lggseg.cohort.tables import Table, numbers
from lggseg.errors import InputError
from lggseg.radiogenomics.analysis import measured
from lggseg.radiogenomics.status import CODELETION, IDH

_AGE = (
    "age", "ageatdiagnosis", "diagnosisage", "ageatinitialpathologic", "ageatinitialpathologicdiagnosis", "ageyears",
    "demographicageatindex", "ageatindex", "diagnosesageatdiagnosis", "ageatscan",
)  # fmt: skip
_GRADE = (
    "grade", "whograde", "tumorgrade", "neoplasmhistologicgrade", "histologicgrade", "histologicalgrade",
    "diagnosestumorgrade", "papergrade",
)  # fmt: skip
_INSTITUTION = ("institution", "site", "center", "centre", "hospital", "tissuesourcesite", "tissuesourcesitecode")
_GRADES = {"2": 2.0, "g2": 2.0, "ii": 2.0, "3": 3.0, "g3": 3.0, "iii": 3.0, "4": 4.0, "g4": 4.0, "iv": 4.0}
_OLDEST_YEARS = 130
_DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Covariates:
    """What is known of the patients to adjust for.

    Attributes:
        values: Name to patient to number: ``age`` in years, ``log volume`` (of ml), ``IDH wild type`` and ``1p/19q
            codeleted`` (1 or 0), ``grade``; those that the tables have, in the order in which they are taken up.
        institutions: Patient to institution.
        sources: Name to the column that it was read from.
    """

    values: Mapping[str, Mapping[str, float]]
    institutions: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)

    def complete(self, names: list[str], patients: list[str]) -> list[str]:
        """Return the patients who have all of the covariates named."""
        return [patient for patient in patients if all(patient in self.values[name] for name in names)]


def find_covariates(features: Table, clinical: Table) -> Covariates:
    """Find what associations can be adjusted for, over the patients with features."""
    patients = [patient for patient in measured(features) if patient in clinical.rows]
    plain = {_plain(column): column for column in reversed(clinical.columns)}
    values: dict[str, dict[str, float]] = {}
    sources: dict[str, str] = {}
    age = _age(clinical, plain, patients)
    if age:
        sources["age"], values["age"] = age
    for name, column, word in (("IDH wild type", IDH, "wildtype"), ("1p/19q codeleted", CODELETION, "codeleted")):
        if column in clinical.columns:
            sources[name] = column
            values[name] = {p: float(clinical.rows[p][column] == word) for p in patients if clinical.rows[p][column]}
    if "volume_ml" in features.columns:
        volumes = numbers(features, "volume_ml", patients)
        sources["log volume"] = "volume_ml"
        values["log volume"] = {patient: math.log(volume) for patient, volume in volumes.items() if volume > 0}
    grade = _grade(clinical, plain, patients)
    if grade:
        sources["grade"], values["grade"] = grade
    institutions, source = _institutions(clinical, plain, patients)
    sources["institution"] = source
    return Covariates(values, institutions, sources)


def _age(clinical: Table, plain: dict[str, str], patients: list[str]) -> tuple[str, dict[str, float]] | None:
    for name in _AGE:
        if name not in plain:
            continue
        try:
            values = numbers(clinical, plain[name], patients)
        except InputError:
            continue
        # GDC writes the age at diagnosis in days.
        days = bool(values) and float(np.median(list(values.values()))) > _OLDEST_YEARS
        years = {p: value / _DAYS_A_YEAR if days else value for p, value in values.items()}
        known = {p: value for p, value in years.items() if 0 <= value <= _OLDEST_YEARS}  # -9 and 999 are no ages
        if known:
            return plain[name], known
    return None


def _grade(clinical: Table, plain: dict[str, str], patients: list[str]) -> tuple[str, dict[str, float]] | None:
    """Return the grade; a column with other entries than WHO grades 2 to 4 has codes, which mean nothing here."""
    for name in _GRADE:
        if name not in plain:
            continue
        column = plain[name]
        written = {patient: clinical.rows[patient][column] for patient in patients if clinical.rows[patient][column]}
        read = {patient: _GRADES.get(re.sub(r"^(who)?grade", "", _plain(text))) for patient, text in written.items()}
        known = {patient: value for patient, value in read.items() if value is not None}
        if known and len(known) == len(written) and len(set(known.values())) > 1:
            return column, known
    return None


def _institutions(clinical: Table, plain: dict[str, str], patients: list[str]) -> tuple[dict[str, str], str]:
    for name in _INSTITUTION:
        if name in plain:
            column = plain[name]
            return {p: clinical.rows[p][column] or OTHER_INSTITUTION for p in patients}, column
    return {patient: institution_of(patient) for patient in patients}, "names of the patients"


def merged_institutions(institutions: Mapping[str, str], fewest: int) -> dict[str, str]:
    """Return the institutions with small ones put together, until each has at least the fewest patients.

    The smallest joins the next smallest, again and again; the name of the whole lists its members.
    """
    groups: dict[str, list[str]] = {}
    for patient, name in institutions.items():
        groups.setdefault(name, []).append(patient)
    while len(groups) > 1 and min(map(len, groups.values())) < fewest:
        smallest, second = sorted(groups, key=lambda name: (len(groups[name]), name))[:2]
        groups["+".join(sorted([smallest, second]))] = groups.pop(smallest) + groups.pop(second)
    return {patient: name for name, members in groups.items() for patient in members}


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
