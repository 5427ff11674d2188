"""Which series of a study is the FLAIR, and which are T1 around the contrast agent: named, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lggseg.errors import InputError
from lggseg.volumes.sequence import Kind
from lggseg.volumes.studies.series import AXIAL, Series

FEWEST_SLICES = 8
"""Fewer are a localizer or a cut-out, not a head."""

WITH_OPTION = "choose one with --series UID"
"""What to do where a study has several FLAIR series, in commands that have this option."""

_LISTED = 30
"""So many series are shown in a message."""

ROLES = {"flair": Kind.FLAIR, "pre": Kind.T1, "post": Kind.T1_CONTRAST}

_NAMES = {"flair": "T2-FLAIR", "pre": "T1 before contrast", "post": "T1 after contrast"}


@dataclass(frozen=True)
class Candidate:
    """A series, and what speaks for and against taking it.

    Attributes:
        role: ``flair``, ``pre`` or ``post`` where it is one by its kind, else empty.
        reasons_for: In words.
        reasons_against: In words; a series with any is not taken by itself.
    """

    series: Series
    role: str
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it."""
        return bool(self.role) and not self.reasons_against


@dataclass(frozen=True)
class Choice:
    """The series of a study that are used.

    Attributes:
        flair: The FLAIR series.
        pre: T1 before contrast, where exactly one fits.
        post: T1 after contrast, likewise.
        notes: What a reader of the report has to know about the choice.
    """

    flair: Series
    pre: Series | None = None
    post: Series | None = None
    notes: tuple[str, ...] = field(default=())


def candidates(series: Sequence[Series]) -> list[Candidate]:
    """Return every series with its role and the reasons for and against it, in their order."""
    roles = [_role(one) for one in series]
    return [
        Candidate(one, role, one.assessment.reasons, tuple(_against(one, role, series, roles)))
        for one, role in zip(series, roles, strict=True)
    ]


def choose(
    series: Sequence[Series], wanted: str | None = None, *, name: str = "study", advice: str = WITH_OPTION
) -> Choice:
    """Find the series that segmenting needs.

    Args:
        series: Those of the study.
        wanted: UID, number or a part of the description of the FLAIR series, where the user names it.
        name: What to call the study in a message.
        advice: What the user can do where it is not clear which series is meant.

    Raises:
        InputError: If no series fits or several do: the message lists them with their reasons.
    """
    listed = candidates(series)
    flair = named(listed, wanted, name) if wanted is not None else _only_flair(listed, name, advice)
    notes = [f"FLAIR is series {flair.label}, of {len(series)} in the study."] if len(series) > 1 else []
    pre, post = (_companion(listed, flair, role, notes) for role in ("pre", "post"))
    return Choice(flair, pre, post, tuple(notes))


def _role(series: Series) -> str:
    kind = series.assessment.kind
    return next((role for role, wanted in ROLES.items() if kind is wanted), "")


def _against(one: Series, role: str, series: Sequence[Series], roles: Sequence[str]) -> list[str]:
    if not role:
        return [one.assessment.doubt.rstrip(".") or "nothing says what it is"]
    reasons = []
    if role == "flair" and one.assessment.doubt:
        reasons.append(one.assessment.doubt.rstrip("."))
    if 0 < one.slices < FEWEST_SLICES:
        reasons.append(f"it has {one.slices} slices only")
    rivals = [
        other
        for other, its in zip(series, roles, strict=True)
        if other is not one and its == role and other.study == one.study and not 0 < other.slices < FEWEST_SLICES
    ]
    if one.plane != AXIAL and any(rival.plane == AXIAL for rival in rivals):
        reasons.append(f"its slices are {one.plane}, and there is an axial series")
    if one.derived and any(not rival.derived and rival.plane == one.plane for rival in rivals):
        reasons.append("it was computed from another series (ImageType DERIVED)")
    if role == "pre" and _after_contrast(one, series):
        reasons.append("it was acquired after a series with contrast agent")
    return reasons


def _after_contrast(one: Series, series: Sequence[Series]) -> bool:
    times = [
        other.time
        for other in series
        if other.study == one.study and other.assessment.kind is Kind.T1_CONTRAST and other.time is not None
    ]
    return one.time is not None and bool(times) and one.time > min(times)


def _only_flair(listed: Sequence[Candidate], name: str, advice: str) -> Series:
    if len(listed) == 1:
        return listed[0].series  # whether it is a FLAIR at all is judged with its voxels
    fitting = [one.series for one in listed if one.role == "flair" and one.fits]
    if len(fitting) == 1:
        return fitting[0]
    found = "none" if not fitting else f"{len(fitting)}"
    where = " of several studies" if len({one.study for one in fitting}) > 1 else ""
    msg = f"{name}: expected one axial T2-FLAIR series, got {found}{where}; {advice}\n"
    raise InputError(msg + listing(listed))


def named(listed: Sequence[Candidate], wanted: str, name: str = "study") -> Series:
    """Return the series that a UID, a number or a part of a description names.

    Raises:
        InputError: If there is none, or there are several.
    """
    tests: list[Callable[[Series], bool]] = [
        lambda one: one.uid == wanted,
        lambda one: str(one.number) == wanted,
        lambda one: one.description.lower() == wanted.lower(),
        lambda one: wanted.lower() in one.description.lower(),
    ]
    for test in tests:
        found = [one.series for one in listed if test(one.series)]
        if len(found) == 1:
            return found[0]
        if found:
            break
    else:
        found = []
    msg = f"{name}: expected one series that is «{wanted}», got {len(found) or 'none'}; give its UID\n"
    raise InputError(msg + listing(listed))


def _companion(listed: Sequence[Candidate], flair: Series, role: str, notes: list[str]) -> Series | None:
    fitting = [one.series for one in listed if one.role == role and one.fits and one.series.study == flair.study]
    fitting = [one for one in fitting if one is not flair]
    apart = [one for one in fitting if one.frame_of_reference != flair.frame_of_reference]
    if apart and len(apart) == len(fitting):
        notes.append(
            f"{_NAMES[role]} ({apart[0].label}) was not used: it lies in another frame of reference than FLAIR."
        )
        return None
    together = [one for one in fitting if one not in apart]
    if len(together) > 1:
        notes.append(f"{_NAMES[role]} was not used: {len(together)} series fit; lggseg segment --{role} names one.")
    if len(together) != 1:
        return None
    notes.append(f"{_NAMES[role]} is series {together[0].label}.")
    return together[0]


def listing(listed: Sequence[Candidate]) -> str:
    """Return the candidates, one a line, with the reasons for and against them."""
    lines = []
    for one in listed[:_LISTED]:
        against = "".join(f"\n      - {reason}" for reason in one.reasons_against)
        favour = "".join(f"\n      + {reason}" for reason in one.reasons_for if one.role)
        lines.append(f"  {one.series}{favour}{against}")
    if len(listed) > _LISTED:
        lines.append(f"  and {len(listed) - _LISTED} more: lggseg series lists them all")
    return "\n".join(lines)
