"""Outlines studies that have no mask yet, all with one model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lggseg.growth.record import origin_of
from lggseg.growth.series import Outline

if TYPE_CHECKING:
    from lggseg.segmentation.pipeline import Model


class ModelOutliner:
    """Outlines FLAIR volumes; the model is loaded with the first one and stays warm.

    Args:
        folder: A model folder; the model that ships with lggseg where None.
        runtime: ``auto``, ``onnx`` or ``torch``.
        force: Outline also what does not look like a FLAIR volume.
    """

    def __init__(self, folder: Path | None = None, runtime: str = "auto", *, force: bool = False) -> None:
        self._folder, self._runtime, self._force = folder, runtime, force
        self._model: Model | None = None

    def __call__(self, flair: Any) -> Outline:
        """Outline one volume: a path, or whatever else ``lggseg.segment`` takes.

        Raises:
            LggsegError: If the model or the volume cannot be used.
        """
        from lggseg.segmentation.pipeline import load_model  # noqa: PLC0415  (a runtime: only where it is needed)

        self._model = self._model or load_model(self._folder, self._runtime)
        result = self._model.segment(flair, force=self._force)
        report = result.report
        origin = origin_of(report.model, report.threshold, report.components)
        return Outline(result.flair, result.mask, origin, report.doubt, tuple(report.notes))
