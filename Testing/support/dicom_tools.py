"""Independent programs that read what we write: dcmqi (PyPI) and dciodvfy (Debian's dicom3tools)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk


def tool(name: str) -> str:
    """Return an independent program, beside this Python or on the path, or skip."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        package = "Debian's dicom3tools" if name == "dciodvfy" else "dcmqi from PyPI"
        pytest.skip(f"{name} is not installed ({package})")
    return found


def run(*command: object) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def assert_same_place(label: sitk.Image, mask: sitk.Image) -> None:
    """The segment may be cropped to its slices; in space it is the same."""
    label = sitk.Cast(label != 0, sitk.sitkUInt8)
    back = sitk.Resample(label, sitk.Cast(mask, sitk.sitkUInt8), sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    assert np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(mask))
    volume = np.prod(label.GetSpacing()) * sitk.GetArrayFromImage(label).sum()
    assert volume == pytest.approx(np.prod(mask.GetSpacing()) * sitk.GetArrayFromImage(mask).sum(), rel=1e-4)
