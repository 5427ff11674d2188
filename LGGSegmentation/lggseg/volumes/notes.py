"""What a reader of the result has to know of how a volume was read, carried by the volume itself."""

from __future__ import annotations

import SimpleITK as sitk

_KEY = "lggseg_notes"


def add(image: sitk.Image, note: str) -> None:
    """Attach a sentence to a volume; the same sentence twice is one."""
    image.SetMetaData(_KEY, "\n".join(dict.fromkeys([*of(image), " ".join(note.split())])))


def of(image: sitk.Image) -> list[str]:
    """Return the sentences that were attached to a volume, in their order."""
    return str(image.GetMetaData(_KEY)).split("\n") if image.HasMetaDataKey(_KEY) else []
