"""Which patients are shown of many: the best, the one in the middle and the worst, without keeping them all."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk

from lggseg.model import preprocessing
from lggseg.volumes import geometry
from lggseg_training.maskers import Made

Shown = dict[str, npt.NDArray[np.float32]]
"""``flair`` (normalised), ``reference``, ``mask`` and, where there is one, ``probability``: ``(K, J, I)``, axial."""

RANKS = ("worst", "median", "best")


class ShownCases:
    """Keeps every case in a temporary folder, compressed, until it is known which are shown."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="lggseg-shown-")
        self._dice: dict[str, float] = {}

    def see(self, name: str, dice: float, volumes: tuple[sitk.Image, sitk.Image, Made]) -> None:
        """Note a case: FLAIR, its reference, and what was made."""
        flair, reference, made = volumes
        images = {"flair": flair, "reference": reference, "mask": made.mask}
        if made.probability is not None:
            images["probability"] = made.probability
        axial = {key: geometry.reorient(image, geometry.AXIAL_ORIENTATION) for key, image in images.items()}
        arrays = {key: sitk.GetArrayFromImage(image).astype(np.float32) for key, image in axial.items()}
        arrays["flair"] = preprocessing.normalize(arrays["flair"])
        kept = {key: array.astype(np.float16) for key, array in arrays.items()}
        np.savez_compressed(Path(self._folder.name) / f"{name}.npz", **kept)
        self._dice[name] = dice

    def chosen(self) -> dict[str, tuple[str, float]]:
        """Return name and Dice of the cases to show, by rank; fewer where there are fewer."""
        ranked = sorted(self._dice.items(), key=lambda pair: pair[1])
        places = (0, (len(ranked) - 1) // 2, len(ranked) - 1)
        found: dict[str, tuple[str, float]] = {}
        for rank, place in zip(RANKS, places, strict=True):
            if ranked and ranked[place] not in found.values():
                found[rank] = ranked[place]
        return found

    def volumes(self, name: str) -> Shown:
        """Return the volumes of a case."""
        with np.load(Path(self._folder.name) / f"{name}.npz") as content:
            return {key: content[key].astype(np.float32) for key in content}
