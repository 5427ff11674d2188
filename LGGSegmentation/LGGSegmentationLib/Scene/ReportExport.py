"""The report as a self-contained HTML page with pictures, of the segment as it is now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from lggseg.files import write_text
from LGGSegmentationLib.Scene import SceneWriter, VolumeExchange


def export(segmentationNode: Any, segmentId: str, path: Path) -> None:
    """Write the page, whole or not at all.

    Args:
        segmentationNode: The result.
        segmentId: The segment to report.
        path: The HTML file.

    Raises:
        RuntimeError: With a sentence for the user.
        OutputError: If the file cannot be written.
    """
    # Pictures need Pillow, which comes with Slicer but not with every build of it.
    from lggseg.pages.leaf import leaf  # noqa: PLC0415
    from lggseg.pages.overlay import montage  # noqa: PLC0415
    from lggseg.segmentation.report import Report, html_page  # noqa: PLC0415
    from lggseg.shape import measure  # noqa: PLC0415

    flair = SceneWriter.flairOf(segmentationNode)
    if flair is None:
        raise RuntimeError(_("The FLAIR volume of this segmentation is gone; load it again."))
    mask = VolumeExchange.maskImage(segmentationNode, segmentId, flair)
    image = VolumeExchange.imageFromVolume(flair)
    measurements = measure(mask)
    record = SceneWriter.readReport(segmentationNode)
    notes = list(record.get("notes", []))
    if SceneWriter.isEdited(segmentationNode, segmentId):
        notes.append(_("The outline was changed by hand after the model had drawn it."))
    report = Report(
        inputs=record.get("inputs", {}),
        model=record.get("model", {"name": "", "version": "", "sha256": ""}),
        device=record.get("device", ""),
        threshold=record.get("threshold", 0.5),
        components=record.get("components", "all"),
        found=bool(measurements["volume_ml"]),
        measurements=measurements,
        seconds=record.get("seconds", {}),
        notes=notes,
    )
    write_text(path, html_page(report, montage(image, mask), leaf(image, mask)))
