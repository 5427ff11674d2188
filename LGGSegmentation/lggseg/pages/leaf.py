"""All slices of a result to leaf through: part of a page, in one file, without a server and without anybody's library.

Each slice is a picture, and each outline a transparent picture above it; a few lines of script swap them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from PIL import Image
from scipy import ndimage

from lggseg.pages.html import data_address
from lggseg.pages.overlay import OUTLINE_COLOR_RGB, TRUTH_COLOR_RGB, around_head, grey_levels, window
from lggseg.volumes import geometry

CONTOURS = (0.2, 0.5, 0.8)
"""Probabilities at which contours show how sharp or doubtful the outline is."""

_MASK = 1  # value from which a voxel belongs to a mask
_LARGEST_SIDE = 320  # pixels of a slice; a larger matrix is made smaller, to keep the page at a few megabytes
_ENLARGED = 2  # outlines are drawn at twice the pixels of the slice
_JPEG_QUALITY = 82
_CONTOUR_COLORS_RGB = ((255, 230, 120), (255, 170, 60), (255, 90, 70))

_SCRIPT = """
(() => {
  const root = document.getElementById("leaf");
  const {slices, first} = JSON.parse(root.querySelector("script").textContent);
  const at = name => root.querySelector(`[data-leaf="${name}"]`);
  const slider = at("slider"), layers = ["outline", "contours", "truth"];
  const show = () => {
    const slice = slices[slider.value];
    at("image").src = slice.image;
    for (const name of layers) {
      const layer = at(name), box = at(`${name}-box`);
      if (!layer) continue;
      layer.hidden = !slice[name] || !box.checked;
      if (slice[name]) layer.src = slice[name];
    }
    at("text").textContent = slice.text;
    slider.setAttribute("aria-valuetext", slice.text);
  };
  const move = steps => { slider.value = Number(slider.value) + steps; show(); };
  root.addEventListener("input", show);
  at("largest").addEventListener("click", () => { slider.value = first; show(); });
  const turn = event => { event.preventDefault(); move(Math.sign(event.deltaY)); };
  at("stage").addEventListener("wheel", turn, {passive: false});
  slider.value = first;
  show();
})();
"""


@dataclass(frozen=True)
class _Layers:
    """What is drawn over the slices: stacks, the value from which a voxel is inside, and colours, by name."""

    name: str
    title: str
    shapes: Sequence[tuple[npt.NDArray[Any], float, tuple[int, ...]]]
    shown: bool


def leaf(
    flair: sitk.Image, mask: sitk.Image, probability: sitk.Image | None = None, truth: sitk.Image | None = None
) -> str:
    """Return the HTML of a figure with all axial slices, in radiological view.

    Args:
        flair: The volume, in any orientation.
        mask: The segmentation on the same grid.
        probability: The probability on the same grid, for contours at ``CONTOURS``.
        truth: A reference segmentation on the same grid.
    """
    # Views all the way: of a large volume only the slice that is being drawn is copied.
    array, spacing = _axial(flair), geometry.axial_spacing(flair)
    head = around_head(array)
    array = array[head]
    levels = grey_levels(array)
    outline = _axial(mask)[head]
    layers = [_Layers("outline", "Outline", [(outline, _MASK, OUTLINE_COLOR_RGB)], shown=True)]
    if probability is not None:
        layers.append(_contours(_axial(probability)[head]))
    if truth is not None:
        layers.append(_Layers("truth", "Reference", [(_axial(truth)[head], _MASK, TRUTH_COLOR_RGB)], shown=True))
    with ThreadPoolExecutor(2) as pool:  # Pillow compresses outside of Python's lock
        slices = list(pool.map(lambda k: _slice(k, window(array[k], levels), layers, spacing), range(len(array))))
    areas = [np.count_nonzero(plane) for plane in outline]
    first = int(np.argmax(areas)) if any(areas) else len(slices) // 2
    return _figure(slices, first, layers, array.shape, spacing)


def _axial(image: sitk.Image) -> npt.NDArray[Any]:
    return geometry.oriented_view(image, geometry.AXIAL_ORIENTATION)


def _contours(probability: npt.NDArray[np.floating]) -> _Layers:
    shapes = [(probability, level, color) for level, color in zip(CONTOURS, _CONTOUR_COLORS_RGB, strict=True)]
    return _Layers("contours", "Contours at " + ", ".join(f"{level:g}" for level in CONTOURS), shapes, shown=False)


def _slice(k: int, picture: npt.NDArray[np.uint8], layers: list[_Layers], spacing: tuple[float, ...]) -> dict[str, str]:
    size, outline = _size(picture.shape), layers[0].shapes[0][0]
    area_cm2 = np.count_nonzero(outline[k]) * spacing[0] * spacing[1] / 100
    found = f"{area_cm2:.1f} cm\N{SUPERSCRIPT TWO} outlined" if area_cm2 else "nothing outlined"
    image = Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR)
    content = {"text": f"slice {k + 1} of {len(outline)}, {found}", "image": _jpeg(image)}
    for layer in layers:
        drawn = _drawn([(stack[k] >= level, color) for stack, level, color in layer.shapes], size)
        if drawn is not None:
            content[layer.name] = drawn
    return content


def _size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return columns and rows of a picture."""
    factor = min(1.0, _LARGEST_SIDE / max(shape))
    return max(1, round(shape[1] * factor)), max(1, round(shape[0] * factor))


def _drawn(shapes: list[tuple[npt.NDArray[np.bool_], tuple[int, ...]]], size: tuple[int, int]) -> str | None:
    """Return a transparent picture of the edges, or None where there is nothing to draw."""
    if not any(shape.any() for shape, _ in shapes):
        return None
    large = (size[0] * _ENLARGED, size[1] * _ENLARGED)
    indices = np.zeros(large[::-1], np.uint8)
    palette = [0, 0, 0]
    for number, (shape, color) in enumerate(shapes, start=1):
        enlarged = np.array(Image.fromarray(shape.astype(np.uint8) * 255).resize(large, Image.Resampling.BICUBIC)) > 127
        indices[enlarged & ~ndimage.binary_erosion(enlarged, iterations=_ENLARGED)] = number
        palette += color
    picture = Image.fromarray(indices, mode="P")
    picture.putpalette(palette)
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", transparency=0)
    return data_address("png", buffer.getvalue())


def _jpeg(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=_JPEG_QUALITY)
    return data_address("jpeg", buffer.getvalue())


def _figure(
    slices: list[dict[str, str]], first: int, layers: list[_Layers], shape: tuple[int, ...], spacing: tuple[float, ...]
) -> str:
    ratio = f"{shape[2] * spacing[0]:.3f} / {shape[1] * spacing[1]:.3f}"  # square millimetres
    images = "".join(f'<img data-leaf="{layer.name}" alt="" hidden>' for layer in layers)
    boxes = "".join(
        f'<label><input type="checkbox" data-leaf="{layer.name}-box"{" checked" if layer.shown else ""}> '
        f"{escape(layer.title)}</label>"
        for layer in layers
    )
    content = json.dumps({"slices": slices, "first": first}, separators=(",", ":"))
    return (
        f'<figure id="leaf" class="leaf"><script type="application/json">{content}</script>'
        f'<div class="leaf-stage" data-leaf="stage" style="aspect-ratio: {ratio}">'
        f'<img data-leaf="image" alt="Axial slice of the FLAIR volume">{images}</div>'
        '<figcaption><label class="leaf-slider">Slice <input type="range" data-leaf="slider" min="0" '
        f'max="{len(slices) - 1}" step="1"></label><output data-leaf="text" aria-live="polite"></output>'
        f'<span class="leaf-boxes">{boxes}<button type="button" data-leaf="largest">Largest slice</button></span>'
        f"</figcaption><script>{_SCRIPT}</script></figure>"
    )
