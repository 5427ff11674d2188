"""The picture of the validation patients at the end of a run."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from lggseg_training.reports import gallery

SLICES, SIZE = 5, 48


def volume(name, largest=2):
    """A packed volume whose tumor is largest in one slice, which is brighter than the others."""
    label = np.zeros((SLICES, SIZE, SIZE), np.uint8)
    label[1:4, 20:24, 20:24] = 1
    label[largest, 12:36, 12:36] = 1
    sequences = np.full((3, SLICES, SIZE, SIZE), -3.0, np.float16)
    sequences[0, largest] = 5.0
    return {"case": name, "sequences": sequences, "label": label}


def mask_of(item, share=1.0):
    mask = item["label"] > 0
    mask[:, :, int(SIZE * share) :] = False
    return mask


def opened(picture):
    with Image.open(picture) as image:
        return np.asarray(image.convert("RGB"), np.float32)


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were drawn, as they were when they were saved."""
    figures = []
    original = gallery.save

    def keep(figure, picture):
        figures.append([(axis.get_title(), axis.get_images(), len(axis.collections)) for axis in figure.axes])
        original(figure, picture)

    monkeypatch.setattr(gallery, "save", keep)
    return figures


def test_each_patient_has_a_panel_with_its_dice_and_the_largest_slice(tmp_path, drawn):
    volumes = [volume("first", 1), volume("a-name-that-is-too-long", 3)]
    masks = [mask_of(volumes[0]), mask_of(volumes[1], share=0.5)]
    gallery.draw_gallery(volumes, masks, tmp_path / "gallery.png")
    first, second, *rest = drawn[0]
    assert first[0] == "first  1.00"
    name, dice = second[0].split()
    assert name == "a-name-that-"
    assert 0.5 < float(dice) < 0.8
    assert (first[1][0].get_array() == 5.0).all(), "the slice with the largest tumor"
    assert (first[2], second[2]) == (2, 2), "reference and prediction"
    assert all(not title and not images for title, images, _ in rest)
    assert opened(tmp_path / "gallery.png").shape[1] > 800


def test_where_nothing_was_found_only_the_reference_is_drawn(tmp_path, drawn):
    item = volume("missed")
    gallery.draw_gallery([item], [np.zeros_like(item["label"], bool)], tmp_path / "gallery.png")
    assert drawn[0][0][0] == "missed  0.00"
    assert drawn[0][0][2] == 1
    pixels = opened(tmp_path / "gallery.png") / 255
    far = {name: np.abs(pixels - to_rgb(name)).max(axis=-1).min() for name in ("deepskyblue", "orange")}
    assert far["deepskyblue"] < 0.1 < far["orange"]


def test_seven_patients_take_two_rows(tmp_path, drawn):
    volumes = [volume(f"P{number}") for number in range(7)]
    gallery.draw_gallery(volumes, [mask_of(item) for item in volumes], tmp_path / "gallery.png")
    assert [title for title, *_ in drawn[0]] == [f"P{number}  1.00" for number in range(7)] + [""] * 5
    assert mpl.get_backend().lower() == "agg", "no screen is needed"
