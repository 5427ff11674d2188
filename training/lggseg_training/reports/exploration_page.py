"""The data set at a glance: one page of tables and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from tqdm import tqdm

from lggseg.cohort.prepared import Case, read_manifest
from lggseg.errors import InputError
from lggseg.files import write_text
from lggseg.model import preprocessing
from lggseg.pages import html as pages
from lggseg.volumes import geometry, io
from lggseg_training.exploration import CaseFacts, by_institution, clinical_rows, institution_rows, read_facts
from lggseg_training.reports.augmentation_gallery import draw_augmentations
from lggseg_training.reports.figures import INK, SOFT, WARM, plt, save

PAGE = "explore.html"

_SHOWN = 12
_COLUMNS = 6
_SEQUENCE_NAMES = {"flair": "FLAIR", "pre": "T1 before contrast", "post": "T1 after contrast"}


def explore(data: Path, folder: Path, clinical: Path | None) -> Path:
    """Write explore.html and its pictures.

    Args:
        data: A prepared data set.
        folder: To write to.
        clinical: A table of the patients, where there is one.

    Raises:
        InputError: If there is no case, or a volume cannot be read.
    """
    cases = read_manifest(data)
    if not cases:
        msg = f"{data}: expected at least one case in the manifest, got none"
        raise InputError(msg)
    facts = [read_facts(case) for case in tqdm(cases, desc="reading", unit="patient", disable=None)]
    draw_sizes(facts, folder / "sizes.png")
    draw_intensities(facts, folder / "intensities.png")
    chosen = [cases[int(index)] for index in np.unique(np.linspace(0, len(cases) - 1, _SHOWN).round())]
    draw_montage(chosen, folder / "montage.png")
    draw_augmentations(chosen, folder / "augmentations.png")
    body = _sections(facts, folder)
    if clinical:
        rows = [tuple(map(escape, row)) for row in clinical_rows(clinical)]
        body.append(pages.section("Clinical table", pages.table(("column", "said", "what"), rows, words=(2,))))
    lead = f"{len(facts)} patients, {sum(len(one.slice_pixels) for one in facts)} slices."
    write_text(folder / PAGE, pages.page("The data set at a glance", lead, body))
    return folder / PAGE


def _sections(facts: Sequence[CaseFacts], folder: Path) -> list[str]:
    columns = ("institution", "patients with tumor", "patients without", "slices with tumor", "slices without",
               "median volume (ml)",
               "without T1 before", "without T1 after")  # fmt: skip
    return [
        pages.section("Patients and slices", pages.table(columns, institution_rows(facts))),
        pages.section("Tumor size", _picture(folder / "sizes.png", "histograms of tumor volume and slice area")),
        pages.section(
            "Intensity",
            pages.paragraph("The head's intensities as stored: median (dot), quartiles (bar) and 5th to 95th "
                            "percentile (line) of each patient, by institution."),
            _picture(folder / "intensities.png", "intensity by sequence and institution"),
        ),
        pages.section("Images and masks", _picture(folder / "montage.png", "images, masks, heat and overlay")),
        pages.section(
            "Augmentation",
            pages.paragraph("One slice before, and what each group makes of it alone, three draws each."),
            _picture(folder / "augmentations.png", "augmentation groups"),
        ),
    ]  # fmt: skip


def draw_sizes(facts: Sequence[CaseFacts], picture: Path) -> None:
    """Draw tumor volume by patient, tumor pixels by slice, and where in the stack tumor lies."""
    figure, (volume, area, place) = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    volume.hist([one.tumor_ml for one in facts], bins=20, color=INK)
    volume.set(xlabel="tumor volume (ml)", ylabel="patients")
    pixels = np.concatenate([one.slice_pixels[one.slice_pixels > 0] for one in facts])
    area.hist(pixels, bins=30, color=INK)
    area.set(xlabel="tumor pixels in a slice that shows any", ylabel="slices")
    places = np.concatenate([np.flatnonzero(one.slice_pixels) / max(len(one.slice_pixels) - 1, 1) for one in facts])
    place.hist(places, bins=20, range=(0, 1), color=INK)
    place.set(xlabel="place in the stack: 0 lowest slice, 1 highest", ylabel="slices with tumor")
    save(figure, picture)


def draw_intensities(facts: Sequence[CaseFacts], picture: Path) -> None:
    """Draw percentiles of each patient's head, by sequence, institutions side by side."""
    groups = by_institution(facts)
    ordered = [one for group in groups.values() for one in group]
    figure, axes = plt.subplots(3, 1, figsize=(12, 8), sharex=True, layout="constrained")
    for axis, (sequence, name) in zip(axes, _SEQUENCE_NAMES.items(), strict=True):
        for x, one in enumerate(ordered):
            if sequence in one.quantiles:
                low, first, median, third, high = one.quantiles[sequence]
                axis.plot((x, x), (low, high), color=SOFT, linewidth=0.8)
                axis.plot((x, x), (first, third), color=INK, linewidth=2.4)
                axis.plot(x, median, ".", color=WARM, markersize=4)
        axis.set(ylabel=name)
    edges = np.cumsum([0, *(len(group) for group in groups.values())])
    middles = (edges[:-1] + edges[1:] - 1) / 2
    for axis in axes:
        for edge in edges[1:-1]:
            axis.axvline(edge - 0.5, color=SOFT, linewidth=0.5)
    axes[-1].set(xticks=middles, xticklabels=list(groups), xlim=(-1, len(ordered)))
    save(figure, picture)


def draw_montage(cases: Sequence[Case], picture: Path) -> None:
    """Draw the largest tumor slice of some patients: image, mask, FLAIR as heat, and the overlay."""
    rows = -(-len(cases) // _COLUMNS) * 4
    figure, axes = plt.subplots(rows, _COLUMNS, figsize=(2 * _COLUMNS, 2.1 * rows), layout="constrained", squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for number, case in enumerate(cases):
        block, column = divmod(number, _COLUMNS)
        image, mask = _largest_slice(case)
        panels = axes[4 * block : 4 * block + 4, column]
        panels[0].imshow(image, cmap="gray", vmin=-3, vmax=5)
        panels[0].set_title(case.patient, fontsize=7)
        panels[1].imshow(mask, cmap="gray", vmin=0, vmax=1)
        panels[2].imshow(image, cmap="hot", vmin=-3, vmax=5)
        panels[3].imshow(image, cmap="gray", vmin=-3, vmax=5)
        panels[3].imshow(np.ma.masked_equal(mask, 0), cmap="autumn", vmin=0, vmax=1, alpha=0.5)
    save(figure, picture)


def _largest_slice(case: Case) -> tuple[np.ndarray, np.ndarray]:
    images = [io.read_volume(case.file(name)) for name in ("flair", "label")]
    axial = [geometry.reorient(image, geometry.AXIAL_ORIENTATION) for image in images]
    flair, label = (sitk.GetArrayFromImage(image).astype(np.float32) for image in axial)
    k = int((label > 0).sum(axis=(1, 2)).argmax())
    return preprocessing.normalize(flair)[k], (label[k] > 0).astype(np.float32)


def _picture(file: Path, description: str) -> str:
    return pages.picture(file.read_bytes(), description)
