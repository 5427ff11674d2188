"""The manual masks of the public data set as volumes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from PIL import Image

from lggseg.cohort import MaskFile
from lggseg.tables import patient_key

# The data set lost its spacing; volumes are nominal, the three shape features do not need it.
SPACING = (0.85, 0.85, 5.0)


def masks_of(data: Path, folder: Path) -> list[MaskFile]:
    """Stack the mask slices of every patient, in the order of their numbers, into one file each."""
    masks = []
    for case in sorted(path for path in data.iterdir() if path.is_dir() and path.name.startswith("TCGA")):
        slices = sorted(case.glob("*_mask.tif"), key=lambda path: int(re.findall(r"_(\d+)_mask", path.name)[0]))
        array = np.stack([np.asarray(Image.open(path)) > 0 for path in slices]).astype(np.uint8)
        image = sitk.GetImageFromArray(array)
        image.SetSpacing(SPACING)
        path = folder / case.name / "label.nii.gz"
        path.parent.mkdir()
        sitk.WriteImage(image, str(path))
        masks.append(MaskFile(patient_key(case.name), path))
    return masks
