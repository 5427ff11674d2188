"""All parts of a study together, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lggseg.cohort.features import Values, find_masks
from lggseg.cohort.tables import read_table
from lggseg.radiogenomics.adjustment_part import adjustment_part
from lggseg.radiogenomics.hypotheses import Hypothesis
from lggseg.radiogenomics.parts import Part, UnsuitedError
from lggseg.radiogenomics.prediction_part import Options, prediction_part
from lggseg.radiogenomics.stability import Stability, gathered, unstable
from lggseg.radiogenomics.stability_part import Outlines, stability_part, study_stability
from lggseg.radiogenomics.study import Material, PartMaker
from lggseg.radiogenomics.survival_part import OwnColumns, survival_part
from lggseg.radiogenomics.texture import measure_pairs, pairs_of, write_texture

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Wanted:
    """What a report should hold beside the tests between groups.

    Attributes:
        hypotheses: The user's own; empty for the usual ones.
        endpoint: Columns of survival that the user named.
        masks: Folder of masks, for stability and texture; None where only a feature file is at hand.
        changed: Whether the outlines in it are changed, to see what is stable.
        probabilities: Folder of probability maps, for stability.
        second: Feature file of second outlines, for stability.
        second_masks: Folder of second outlines on the volumes of the first, for the stability of texture.
        images: Folder of FLAIR volumes, for texture.
        texture_file: Where the texture features are written.
        prediction: How to predict; None to leave it out.
        jobs: Processes at once.
    """

    hypotheses: Sequence[Hypothesis] = ()
    endpoint: OwnColumns | None = None
    masks: Path | None = None
    changed: bool = True
    probabilities: Path | None = None
    second: Path | None = None
    second_masks: Path | None = None
    images: Path | None = None
    texture_file: Path = Path("texture.csv")
    prediction: Options | None = field(default_factory=Options)
    jobs: int = 1


def parts_of(wanted: Wanted, progress: Progress = lambda done, total: None) -> list[tuple[str, PartMaker]]:
    """Return the parts that are wanted, to be made in this order.

    Args:
        wanted: What the report should hold.
        progress: Called with how many patients' texture is measured, of how many.
    """
    run = _Run(wanted, progress)
    parts: list[tuple[str, PartMaker]] = [
        ("adjustment", lambda material: adjustment_part(material, wanted.hypotheses)),
        ("survival", lambda material: survival_part(material, wanted.endpoint)),
    ]
    if wanted.images is not None:
        parts.append(("intensity and texture", run.texture))
    if (wanted.masks and wanted.changed) or wanted.probabilities or wanted.second:
        parts.append(("stability", run.stability))
    if wanted.prediction is not None:
        parts.append(("prediction", run.prediction))
    return parts


class _Run:
    """What later parts need of earlier ones: which features are unstable, and texture."""

    def __init__(self, wanted: Wanted, progress: Progress) -> None:
        self._wanted = wanted
        self._progress = progress
        self._stability: list[Stability] = []
        self._variants: dict[str, dict[str, list[Values]]] = {}
        self._has_texture = False

    def texture(self, _material: Material) -> Part:
        wanted = self._wanted
        if wanted.masks is None or wanted.images is None:
            msg = "texture is measured inside masks: give their folder instead of a feature file"
            raise UnsuitedError(msg)
        maps, others = (
            () if folder is None else find_masks(folder) for folder in (wanted.probabilities, wanted.second_masks)
        )
        pairs = pairs_of(find_masks(wanted.masks), find_masks(wanted.images, name="flair.nii.gz"), maps, others)
        rows = measure_pairs(pairs, wanted.jobs, self._progress, changed=wanted.changed)
        write_texture(wanted.texture_file, rows)
        self._has_texture = any(row.values for row in rows)
        self._variants = gathered((row.patient, row.conditions) for row in rows)
        return Part(
            methods=(
                "Intensity, histogram, grey level co-occurrence and run length features (IBSI) were measured in the "
                "slice on normalised FLAIR with 32 bins through MIRP."
            ),
            packages=("mirp",),
        )

    def stability(self, material: Material) -> Part:
        wanted = self._wanted
        second = None if wanted.second is None else read_table(wanted.second)
        outlines = Outlines(
            wanted.masks if wanted.changed else None, wanted.probabilities, second, self._variants, wanted.jobs
        )
        self._stability = study_stability(material.features, outlines)
        return stability_part(self._stability)

    def prediction(self, material: Material) -> Part:
        options = replace(self._wanted.prediction or Options(), unstable=unstable(self._stability))
        if self._has_texture:
            options = replace(options, texture=read_table(self._wanted.texture_file))
        return prediction_part(material, options)
