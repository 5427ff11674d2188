"""What each augmentation group does: one slice before, and after the group alone."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
import torch
from monai.data import get_track_meta, set_track_meta

from lggseg.cohort.prepared import Case
from lggseg.model import preprocessing
from lggseg.volumes import io
from lggseg_training.augmentation import augmentation
from lggseg_training.augmentation_groups import Augmentation
from lggseg_training.reports.figures import plt, save

_DRAWS = 3
_TRIES = 60
_PIXELS = 192
_NOTHING = Augmentation(**{field.name: False for field in fields(Augmentation)})

Item = Mapping[Hashable, torch.Tensor]


def draw_augmentations(cases: Sequence[Case], picture: Path) -> None:
    """Draw before and after of each group, on the largest tumor slice of a case with all sequences."""
    case = next((case for case in cases if len(case.sequences) == len(preprocessing.SEQUENCES)), cases[0])
    item = _item(case)
    before = set_meta(False)
    try:
        rows = {field.name: after_group(item, field.name) for field in fields(Augmentation)}
        plain = _changed(item, _NOTHING, 0)
    finally:
        set_meta(before)
    figure, axes = plt.subplots(len(rows), _DRAWS + 1, figsize=(8, 2.05 * len(rows)), layout="constrained")
    for line, (name, changed) in zip(axes, rows.items(), strict=True):
        for axis, shown in zip(line, (plain, *changed), strict=True):
            _panel(axis, shown, neighbor=name == "neighbors")
        line[0].set_title(f"{name}: before", fontsize=8, loc="left")
    save(figure, picture)


def after_group(item: Item, name: str) -> list[Item]:
    """Return draws of one group alone that change something; most groups leave many slices as they are."""
    groups = replace(_NOTHING, **{name: True})
    plain = _changed(item, _NOTHING, 0)
    found: list[Item] = []
    for seed in range(_TRIES):
        changed = _changed(item, groups, seed)
        if not torch.allclose(changed["flair"], plain["flair"], atol=1e-3):
            found.append(changed)
        if len(found) == _DRAWS:
            break
    return found + [plain] * (_DRAWS - len(found))


def set_meta(track: bool) -> bool:
    """Set whether MONAI keeps affines, and return what it was."""
    before: bool = get_track_meta()
    set_track_meta(track)
    return before


def _changed(item: Item, groups: Augmentation, seed: int) -> Item:
    changed: Any = dict(item)
    for number, step in enumerate(augmentation(_PIXELS, groups)):
        if hasattr(step, "set_random_state"):
            step.set_random_state(seed * 100 + number)
        changed = step(changed)
    return {key: torch.as_tensor(value) for key, value in changed.items()}


def _item(case: Case) -> Item:
    study = {name: io.read_volume(case.file(name)) for name in case.sequences}
    prepared = preprocessing.prepare(study)
    label = preprocessing.regrid(io.read_volume(case.file("label")), prepared.grid, nearest=True)
    mask = sitk.GetArrayFromImage(label) > 0
    k = int(mask.sum(axis=(1, 2)).argmax())
    channels = preprocessing.stack_channels(prepared.sequences, k, prepared.neighbor_offset)
    image = torch.from_numpy(np.ascontiguousarray(channels))
    return {"flair": image[:3], "t1": image[3:], "label": torch.from_numpy(mask[k][None].astype(np.float32))}


def _panel(axis: Any, item: Item, *, neighbor: bool) -> None:
    axis.axis("off")
    axis.imshow(item["flair"][0 if neighbor else 1], cmap="gray", vmin=-3, vmax=5)
    label = item["label"][0].numpy()
    if label.any():
        axis.contour(label, [0.5], colors="deepskyblue", linewidths=0.7)
