"""Small whole files of every kind that the program reads: what is damaged afterwards."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from PIL import Image

from lggseg.model.bundle import find_bundle

SIZE, SPACING_MM = (24, 26, 6), (8.0, 8.0, 20.0)
_PATIENTS = 12


def head() -> sitk.Image:
    """A head of few voxels: grey ellipsoid in noise, with a bright ball."""
    random = np.random.default_rng(0)
    k, j, i = np.meshgrid(*[np.linspace(-1, 1, count) for count in SIZE[::-1]], indexing="ij")
    array = 100.0 * (k**2 + j**2 + i**2 < 0.8) + 80 * (k**2 + (j - 0.3) ** 2 + i**2 < 0.08)
    image = sitk.GetImageFromArray((array + np.abs(random.normal(0, 4, array.shape))).astype(np.int16))
    image.SetSpacing(SPACING_MM)
    image.SetOrigin((-90.0, -80.0, 10.0))
    return image


def mask() -> sitk.Image:
    """The bright ball of the head."""
    return sitk.Cast(head() > 150, sitk.sitkUInt8)


def volume(suffix: str, *, compress: bool = False, kind: int = sitk.sitkInt16) -> Callable[[Path], Path]:
    """Return what writes the head as a file of one format."""

    def write(folder: Path) -> Path:
        path = folder / f"head{suffix}"
        sitk.WriteImage(sitk.Cast(head(), kind), str(path), useCompression=compress)
        return path

    return write


def label(suffix: str) -> Callable[[Path], Path]:
    """Return what writes the mask as a file of one format, a folder of one patient."""

    def write(folder: Path) -> Path:
        path = folder / f"patient{suffix}"
        sitk.WriteImage(mask(), str(path))
        return path

    return write


def dicom_series(folder: Path) -> Path:
    """Write one DICOM file a slice."""
    series = folder / "series"
    series.mkdir()
    image = head()
    for k in range(image.GetSize()[2]):
        one = image[:, :, k : k + 1]
        position = "\\".join(f"{part:g}" for part in image.TransformIndexToPhysicalPoint((0, 0, k)))
        tags = {"0008|0060": "MR", "0008|103e": "AX FLAIR", "0020|000e": "1.2.3.4", "0020|000d": "1.2.3"}
        tags |= {"0020|0032": position, "0020|0037": "1\\0\\0\\0\\1\\0", "0020|0013": str(k + 1), "0018|0050": "20"}
        for key, value in tags.items():
            one.SetMetaData(key, value)
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        writer.SetFileName(str(series / f"IM{k:04d}.dcm"))
        writer.Execute(one)
    return series


def tiff_case(folder: Path) -> Path:
    """Write one TIFF file and one mask a slice."""
    case = folder / "CASE"
    case.mkdir()
    grey = np.clip(sitk.GetArrayFromImage(head()), 0, 255).astype(np.uint8)
    inside = sitk.GetArrayFromImage(mask())
    for k, plane in enumerate(grey, start=1):
        Image.fromarray(np.stack([plane // 2, plane, plane // 3], -1)).save(case / f"CASE_{k}.tif")
        Image.fromarray(inside[k - 1] * np.uint8(255)).save(case / f"CASE_{k}_mask.tif")
    return case


def feature_table(folder: Path) -> Path:
    """Write a feature file of patients who do not exist."""
    random = np.random.default_rng(0)
    path = folder / "features.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["patient", "file", "spacing_mm", "reason", "volume_ml", "bevr", "asd", "mf"])
        for number in range(_PATIENTS):
            values = [f"{value:.4f}" for value in random.uniform(0.1, 0.9, 4)]
            writer.writerow([f"TCGA_ZZ_{number:04d}", f"{number}.nii.gz", "1 x 1 x 5", "", *values])
    return path


def clinical_table(folder: Path) -> Path:
    """Write a clinical table of the same patients."""
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Patient", "RNASeqCluster", "MethylationCluster", "miRNACluster", "CNCluster", "COCCluster"])
        writer.writerows(
            [f"TCGA_ZZ_{n:04d}", 1 + n % 4, 1 + n % 5, 1 + n % 3, 1 + n % 2, 1 + n % 3] for n in range(_PATIENTS)
        )
    return path


def model_folder(folder: Path) -> Path:
    """Copy the model that ships with lggseg."""
    return Path(shutil.copytree(find_bundle(), folder / "model"))


def metadata(folder: Path) -> Path:
    """Return the description of a copied model, which names and checks its files."""
    file = model_folder(folder) / "configs" / "metadata.json"
    json.loads(file.read_text(encoding="utf-8"))
    return file


def checkpoint(folder: Path) -> Path:
    """Write a checkpoint as training leaves it, with a small state."""
    import torch  # noqa: PLC0415  (seconds that only this one needs)

    path = folder / "last.ckpt"
    state = {"layer.weight": torch.arange(600.0).reshape(20, 30), "layer.bias": torch.zeros(20)}
    lists: dict[str, Any] = {"optimizer_states": [], "lr_schedulers": []}
    parts: dict[str, Any] = {"callbacks": {}, "loops": {}, "averaging_state": {}, "current_model_state": state}
    torch.save({"global_step": 7, "state_dict": state, **lists, **parts}, path)
    return path
