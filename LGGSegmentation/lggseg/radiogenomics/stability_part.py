"""The part of a study on stability: every feature under every change of the outline, and what is left out for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from html import escape
from pathlib import Path

from lggseg import workers
from lggseg.cohort.features import MaskFile, Values, find_masks
from lggseg.cohort.tables import Table
from lggseg.pages import html as pages
from lggseg.radiogenomics.parts import Part, TestRow, UnsuitedError
from lggseg.radiogenomics.stability import (
    FEWEST_TO_JUDGE,
    GOOD,
    KEYS,
    SECOND,
    Ratings,
    Stability,
    contours,
    gathered,
    icc_text,
    perturbed,
    second_outlines,
    stabilities,
    unstable,
)
from lggseg.shape.registry import feature

_DASH = "\N{EN DASH}"

Change = Callable[[MaskFile], dict[str, list[Values]]]


@dataclass(frozen=True)
class Outlines:
    """Where outlines to compare come from.

    Attributes:
        masks: Folder of masks, which are perturbed; None to leave that out.
        probabilities: Folder of probability maps named as masks are, cut at several thresholds.
        second: Feature file of second outlines of some of the patients.
        texture: Condition to patient to his texture under it, the mask as drawn first.
        jobs: Processes at once.
    """

    masks: Path | None = None
    probabilities: Path | None = None
    second: Table | None = None
    texture: Mapping[str, Ratings] = field(default_factory=dict)
    jobs: int = 1


def study_stability(features: Table, outlines: Outlines) -> list[Stability]:
    """Measure everything again under every condition at hand.

    Raises:
        InputError: If a folder holds no mask.
    """
    results: list[Stability] = []
    for folder, change in ((outlines.masks, perturbed), (outlines.probabilities, contours)):
        if folder is not None:
            masks = _first_of_each(find_masks(folder))
            found = workers.run(partial(_with_name, change), masks, outlines.jobs, _lost)
            for condition, ratings in gathered(found).items():
                results += stabilities(condition, ratings)
    if outlines.second is not None:
        results += stabilities(SECOND, second_outlines(features, outlines.second))
    for condition, texture in outlines.texture.items():
        names = dict.fromkeys(name for many in texture.values() for values in many for name in values)
        results += stabilities(condition, texture, list(names))
    return results


def _first_of_each(masks: Sequence[MaskFile]) -> list[MaskFile]:
    return list({mask.patient: mask for mask in reversed(masks)}.values())[::-1]


def _with_name(
    change: Callable[[MaskFile], dict[str, list[Values]]], mask: MaskFile
) -> tuple[str, dict[str, list[Values]]]:
    return mask.patient, change(mask)


def _lost(mask: MaskFile) -> tuple[str, dict[str, list[Values]]]:
    return mask.patient, {}


def stability_part(results: Sequence[Stability]) -> Part:
    """Make the part from what was measured.

    Raises:
        UnsuitedError: If nothing was measured.
    """
    if not any(one.icc for one in results):
        msg = "no folder of masks and no second outlines to compare"
        raise UnsuitedError(msg)
    shape = [one for one in results if one.feature in KEYS]
    texture = [one for one in results if one.feature not in KEYS]
    sections = [pages.section("Stability of the features", _table(shape), pages.paragraph(_NOTE, "note"))]
    if texture:
        count = len({one.feature for one in texture})
        lid = f"<details><summary>All {count} features</summary>{_table(texture)}</details>"
        words = (
            f"{count - len(unstable(texture))} of {count} features of intensity and texture are good under all "
            f"conditions with {FEWEST_TO_JUDGE} patients or more. {_TEXTURE_NOTE}"
        )
        sections.append(pages.section("Stability of intensity and texture", pages.paragraph(words), lid))
    return Part(
        sections=tuple(sections),
        tests=tuple(_row(one) for one in results),
        methods=(
            "Features were measured again on outlines one pixel wider and narrower, on slices twice as thick, and, "
            "where there were any, on contours of probability maps and on second outlines; those with an intraclass "
            f"correlation ICC(A,1) under {GOOD:g} under "
            "any of these were left out of prediction."
        ),
    )


_NOTE = (
    "ICC(A,1), absolute agreement of single measurements, with its 95 % interval, between the outline and the same "
    f"outline changed. Under {GOOD:g} a feature says more of how the outline was drawn "
    "than of the patient; such features are left out of prediction. Slices twice as thick: every second slice. Counts "
    "of slices follow slice thickness by definition."
)


_TEXTURE_NOTE = (
    "Names are those of MIRP; 2D, merged over slices and directions, 32 bins, on normalised FLAIR. They hang on "
    "scanner, pixel size and sequence and are not comparable across studies of other acquisition."
)


def _table(results: Sequence[Stability]) -> str:
    conditions = list(dict.fromkeys(one.condition for one in results))
    cells = {(one.feature, one.condition): one for one in results}
    weak = unstable(results)
    rows = [
        [
            escape(_label(key)),
            *(_cell(cells.get((key, condition))) for condition in conditions),
            '<span class="missed">unstable</span>' if key in weak else "good",
        ]
        for key in dict.fromkeys(one.feature for one in results)
    ]
    counts = {name: max(one.n for one in results if one.condition == name) for name in conditions}
    heads = [f"{name}, {count} patients" for name, count in counts.items()]
    return pages.table(("Feature", *heads, "Verdict"), rows)


def _label(key: str) -> str:
    return feature(key).label if key in KEYS else key


def _cell(one: Stability | None) -> str:
    if one is None or one.icc is None:
        return _DASH
    text = f"{icc_text(one.icc.value)} ({one.icc.low:.2f} to {one.icc.high:.2f})"
    return text if one.good or one.n < FEWEST_TO_JUDGE else f'<span class="missed">{text}</span>'


def _row(one: Stability) -> TestRow:
    icc = one.icc
    return {
        "analysis": "stability", "family": "stability", "feature": one.feature, "against": one.condition, "n": one.n,
        "statistic": "ICC(A,1)", "value": icc and icc.value, "low": icc and icc.low, "high": icc and icc.high,
        "note": "" if one.good else f"under {GOOD:g}",
    }  # fmt: skip
