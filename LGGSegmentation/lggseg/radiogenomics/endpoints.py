"""Overall and progression-free survival under whatever names a table has them: time, and whether it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lggseg.cohort.tables import Table, numbers
from lggseg.errors import InputError

DAYS_A_MONTH = 30.4375
_MONTHS_IN = {"days": 1 / DAYS_A_MONTH, "months": 1.0, "years": 12.0}
UNITS = tuple(_MONTHS_IN)

_HAPPENED = {
    "1", "true", "yes", "dead", "deceased", "died", "event", "progression", "progressed", "recurred", "recurrence",
    "1deceased", "1dead", "1progression", "1progressed", "1recurredprogressed", "1recurred", "recurredprogressed",
    "1yes",
}  # fmt: skip
_DID_NOT = {
    "0", "false", "no", "alive", "living", "censored", "noevent", "0living", "0alive", "0censored", "0diseasefree",
    "diseasefree", "stable", "0no", "progressionfree", "0progressionfree",
}  # fmt: skip


@dataclass(frozen=True)
class Endpoint:
    """Follow-up of the patients for one event.

    Attributes:
        key: ``os``, ``pfs`` or ``own``.
        label: Name for people.
        times: Patient to months from the start of follow-up, at least 0.
        events: Patient to whether the event came at that time; else he was lost to follow-up then.
        source: Columns that it was read from.
        notes: What a reader should know of the data.
        unit: Unit of ``times``: ``months``, or the name of the column where its unit is not known.
    """

    key: str
    label: str
    times: Mapping[str, float]
    events: Mapping[str, bool]
    source: str
    notes: tuple[str, ...] = ()
    unit: str = "months"

    @property
    def count(self) -> int:
        """Number of events."""
        return sum(self.events.values())

    def arrays(self, patients: list[str]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Return ``(n,)`` times and ``(n,)`` events of the patients."""
        return np.array([self.times[p] for p in patients]), np.array([self.events[p] for p in patients])


# Key, name for people, plain names of the time with the unit, plain names of the event; tried in this order.
_USUAL: tuple[tuple[str, str, tuple[tuple[str, str], ...], tuple[str, ...]], ...] = (
    (
        "os", "Overall survival",
        (("osdays", "days"), ("ostime", "days"), ("osmonths", "months"), ("overallsurvivalmonths", "months"),
         ("overallsurvivaldays", "days"), ("overallsurvivalyears", "years"), ("survivaldays", "days"),
         ("survivalmonths", "months")),
        ("osevent", "os", "osstatus", "overallsurvivalstatus", "vitalstatus", "demographicvitalstatus", "dead",
         "death"),
    ),
    (
        "pfs", "Progression-free survival",
        (("pfsdays", "days"), ("pfidays", "days"), ("pfitime", "days"), ("pfstime", "days"), ("pfsmonths", "months"),
         ("pfimonths", "months"), ("progressfreesurvivalmonths", "months"),
         ("progressionfreesurvivalmonths", "months")),
        ("pfsevent", "pfievent", "pfi", "pfs", "pfsstatus", "pfistatus", "progressionfreestatus",
         "progressionfreesurvivalstatus"),
    ),
)  # fmt: skip
_GDC_STATUS, _GDC_DEATH = ("demographicvitalstatus", "vitalstatus"), ("demographicdaystodeath", "daystodeath")
_GDC_LAST = ("diagnosesdaystolastfollowup", "daystolastfollowup")


def find_endpoints(table: Table) -> tuple[list[Endpoint], list[str]]:
    """Return overall and progression-free survival as far as the table has them under usual names.

    Returns:
        The end points with at least one event, and why columns that looked like one could not be used.
    """
    plain = {_plain(column): column for column in reversed(table.columns)}
    found, reasons = [], []
    for key, label, times, events in _USUAL:
        try:
            endpoint = _usual(table, plain, (key, label), times, events)
        except InputError as error:
            reasons.append(f"{label}: {error}")
            continue
        if endpoint is not None and endpoint.count:
            found.append(endpoint)
        elif endpoint is not None:
            reasons.append(f"{label}: no event in {endpoint.source}")
    return found, reasons


def _usual(
    table: Table,
    plain: dict[str, str],
    name: tuple[str, str],
    times: tuple[tuple[str, str], ...],
    events: tuple[str, ...],
) -> Endpoint | None:
    time = next(((plain[written], unit) for written, unit in times if written in plain), None)
    event = next((plain[written] for written in events if written in plain), None)
    if time and event:
        return _endpoint(table, *name, time, event)
    return _gdc(table, plain) if name[0] == "os" else None


def own_endpoint(table: Table, time: str, event: str, unit: str | None = None) -> Endpoint:
    """Return the end point that a user names.

    Args:
        table: Clinical table.
        time: Column with the time to the event, or to the last follow-up.
        event: Column that says whether the event came.
        unit: ``days``, ``months`` or ``years``; by default what the name of the time column ends with.

    Raises:
        InputError: If a column does not exist, an entry cannot be read, or there is no event.
    """
    for flag, column in (("--time", time), ("--event", event)):
        if column not in table.columns:
            msg = f"{table.path}: expected a column {column!r} for {flag}, got {', '.join(table.columns)}"
            raise InputError(msg)
    told = next((name for name in UNITS if re.search(rf"{name[:-1]}s?$", time.casefold())), None)
    known = {name: of for _, _, times, _ in _USUAL for name, of in times}
    unit = unit or told or known.get(_plain(time))
    endpoint = _endpoint(table, "own", f"{time} / {event}", (time, unit or ""), event)
    if not endpoint.count:
        msg = (
            f"{table.path}: expected events (1, dead, ...) in column {event!r} for --event, got none; check the column"
        )
        raise InputError(msg)
    return endpoint


def _endpoint(table: Table, key: str, label: str, time: tuple[str, str], event: str) -> Endpoint:
    column, unit = time
    factor = _MONTHS_IN.get(unit, 1.0)
    times = {patient: value * factor for patient, value in numbers(table, column, table.rows).items()}
    status = {patient: _happened(table, event, patient) for patient in table.rows if table.rows[patient][event]}
    return _checked(table, Endpoint(key, label, times, status, f"{column}, {event}", (), "months" if unit else column))


def _gdc(table: Table, plain: dict[str, str]) -> Endpoint | None:
    """Return overall survival from GDC's columns, which has one for the dead and one for the living."""
    columns = [
        next((plain[name] for name in names if name in plain), None) for names in (_GDC_STATUS, _GDC_DEATH, _GDC_LAST)
    ]
    status, death, last = columns
    if status is None or death is None or last is None:
        return None
    dead = {patient: _happened(table, status, patient) for patient in table.rows if table.rows[patient][status]}
    to_death, to_last = numbers(table, death, table.rows), numbers(table, last, table.rows)
    times = {
        p: (to_death if gone else to_last)[p] / DAYS_A_MONTH
        for p, gone in dead.items()
        if p in (to_death if gone else to_last)
    }
    return _checked(table, Endpoint("os", "Overall survival", times, dead, f"{status}, {death}, {last}"))


def _checked(table: Table, found: Endpoint) -> Endpoint:
    """Return the end point of the patients with both entries, after a look at the times."""
    for patient, time in found.times.items():
        if time < 0 and patient in found.events:
            msg = f"{table.path}, {patient}: expected a time of 0 or more in {found.source}, got {time:g}; correct it"
            raise InputError(msg)
    both = [patient for patient in found.times if patient in found.events]
    half = len(set(found.times) ^ set(found.events))
    notes = (f"{half} patients with only one of time and event, left out",) if half else ()
    return Endpoint(
        found.key, found.label, {p: found.times[p] for p in both}, {p: found.events[p] for p in both}, found.source,
        notes, found.unit,
    )  # fmt: skip


def _happened(table: Table, column: str, patient: str) -> bool:
    text = table.rows[patient][column]
    plain = _plain(text)
    if plain in _HAPPENED or plain in _DID_NOT:
        return plain in _HAPPENED
    msg = (
        f"{table.path}, {patient}: expected 1 or 0, dead or alive, or the like in column {column!r}, got {text!r}; "
        "correct the entry or leave it blank"
    )
    raise InputError(msg)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
