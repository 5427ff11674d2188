"""What to measure on whom, as a person asks for it; light, so that a command line can be read without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lggseg.errors import InputError
from lggseg_training.places import PREPARED

SPLITS = ("training", "validation", "test")
"""``test`` are the patients who are in none of the folds that a run was planned by."""

ALL_SPLITS = "all"


def split_rank(split: str) -> int:
    """Return where the figures of a split stand among those of others: training, validation, test."""
    return SPLITS.index(split) if split in SPLITS else len(SPLITS)


@dataclass(frozen=True)
class EvaluationRequest:
    """A predictor, the patients it is measured on, and where the figures go.

    The predictor is that of ``runs``, else ``masks``, else ``maps``, else ``model``.

    Attributes:
        output: Folder to write.
        data: Prepared data set.
        pairs: Folder of NAME-flair.nii.gz and NAME-label.nii.gz, instead of ``data``.
        runs: Run folders of training/train.py, each measured on patients of its own.
        model: A model folder; the shipped model where None.
        masks: Folder of masks made by anything.
        maps: Folder of training/out_of_fold.py.
        fold: Only the patients of this fold of training/splits.json.
        split: Of ``runs``: one of ``SPLITS``, or ``all``.
        sequences: ``all`` or ``flair``: what the predictor may see; all where None. Of ``maps`` and ``masks``, what it
            saw when it made them; where None, what the maps say, and of masks nobody knows.
        threshold: Probability from which a voxel counts; that of the model where None.
        components: Which pieces are kept; the model's rule where None.
        runtime: Of ``model``.
        save_masks: Whether to keep the masks.

    Raises:
        InputError: If one patient would count several times, or an option would have no effect.
    """

    output: Path
    data: Path = PREPARED
    pairs: Path | None = None
    runs: tuple[Path, ...] = ()
    model: Path | None = None
    masks: Path | None = None
    maps: Path | None = None
    fold: int | None = None
    split: str = "validation"
    sequences: str | None = None
    threshold: float | None = None
    components: str | None = None
    runtime: str = "auto"
    save_masks: bool = False

    def __post_init__(self) -> None:
        if self.pairs and len(self.runs) > 1:
            msg = f"expected one run for --pairs, got {len(self.runs)}: each would count the same patients again"
            raise InputError(msg)
        if self.threshold is not None and not 0.0 <= self.threshold <= 1.0:
            msg = f"--threshold: expected a probability from 0 to 1, got {self.threshold:g}"
            raise InputError(msg)
        self._refuse_idle_options()

    def _refuse_idle_options(self) -> None:
        network = not (self.runs or self.masks or self.maps)
        idle = {
            "--split: expected --run with it": self.split != "validation" and not self.runs,
            "--runtime: expected --model with it": self.runtime != "auto" and not network,
            "--threshold: expected probabilities, not --masks, with it": self.threshold is not None and self.masks,
            "--components: expected probabilities, not --masks, with it": self.components is not None and self.masks,
        }
        for expected, given in idle.items():
            if given:
                msg = f"{expected}, got an option without effect; leave it out"
                raise InputError(msg)

    @property
    def wanted_splits(self) -> tuple[str, ...]:
        """The splits of a run to measure on."""
        return SPLITS if self.split == ALL_SPLITS else (self.split,)
