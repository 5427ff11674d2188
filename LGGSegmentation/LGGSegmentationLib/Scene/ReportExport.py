"""The report as a self-contained HTML page with pictures, of the outline as it is now."""

from __future__ import annotations

from pathlib import Path

from lggseg.files import write_text
from LGGSegmentationLib.Scene import VolumeExchange
from LGGSegmentationLib.Scene.Result import Result
from LGGSegmentationLib.Scene.Texts import _


def export(result: Result, path: Path) -> None:
    """Write the page, whole or not at all.

    Args:
        result: What to report.
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

    if result.flair is None:
        raise RuntimeError(_("The FLAIR volume of this segmentation is gone; load it again."))
    mask = result.image()
    measurements = measure(mask)
    record, asRun = result.report, result.isAsRun()
    notes = result.notes(asRun=asRun)
    if result.isEdited():
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
        # What the model says of its outline holds for that one alone.
        doubt=record.get("doubt", {}) if asRun else {},
    )
    image = VolumeExchange.imageFromVolume(result.flair)
    write_text(path, html_page(report, montage(image, mask), leaf(image, mask)))
