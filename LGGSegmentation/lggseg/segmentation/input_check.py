"""What happens where the volume given as FLAIR does not look like one: refused, or said in the report."""

from __future__ import annotations

from lggseg.errors import InputError
from lggseg.volumes.sequence import Assessment, Finding, Kind

FORCED = "It was segmented all the same, as asked: the model has never been measured on such images."


def refuse(assessment: Assessment, *, force: bool) -> None:
    """Stop where a volume is certainly no FLAIR, unless the user knows better.

    Raises:
        InputError: With the reasons, and what to do.
    """
    if assessment.refused and not force:
        msg = (
            f"expected a T2-FLAIR volume, got something else: {'; '.join(assessment.reasons)}. Choose another volume "
            "or series; if it is a FLAIR all the same, add --force"
        )
        raise InputError(msg)


def with_finding(assessment: Assessment, finding: Finding | None, *, force: bool) -> Assessment:
    """Return the assessment with what the network saw; stop where that makes it certain.

    Raises:
        InputError: As ``refuse``.
    """
    if finding is None:
        return assessment
    weighed = assessment.and_also(finding)
    refuse(weighed, force=force)
    return weighed


def check_t1(role: str, assessment: Assessment) -> str:
    """Return a sentence where a volume that is given as T1 looks like something else, empty where it does not.

    Args:
        role: ``pre`` or ``post``.
        assessment: What the volume seems to be.

    Raises:
        InputError: If it is a mask or CT.
    """
    kind = assessment.kind
    if kind in (Kind.MASK, Kind.CT) and assessment.refused:
        msg = f"{role}: expected a T1 volume, got {kind.words}: {'; '.join(assessment.reasons)}; choose another volume"
        raise InputError(msg)
    fitting = {"pre": (Kind.T1,), "post": (Kind.T1_CONTRAST, Kind.T1)}[role]
    return "" if kind in (*fitting, Kind.UNKNOWN) else f"{role} may be no such volume: {'; '.join(assessment.reasons)}."


def notes(assessment: Assessment) -> list[str]:
    """Return what the report says of the volume: nothing where there is no doubt."""
    if not assessment.doubt:
        return []
    return [f"{assessment.doubt} {FORCED}" if assessment.refused else assessment.doubt]
