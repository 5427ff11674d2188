"""The synthetic head, painted tissue by tissue; what comes later covers what came before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lggseg.phantom import shapes
from lggseg.phantom.fields import Block, FloatArray, Noise, Slab, Triple, ellipsoid, ramp

# Signal of FLAIR, T1 before and T1 after contrast; white matter is 100. Relations, not units: measured on
# thick-slice studies of several scanners.
SIGNALS: dict[str, Triple] = {
    "air": (2, 2, 2),
    "bone": (14, 14, 14),
    "marrow": (42, 75, 70),
    "skin": (120, 110, 125),
    "fat": (240, 225, 180),
    "muscle": (62, 66, 76),
    "mucosa": (135, 70, 150),
    "fluid": (16, 30, 32),
    "vessel": (12, 40, 190),
    "gray": (124, 80, 88),
    "white": (100, 100, 100),
    "pallidum": (88, 94, 96),
    "rim": (138, 88, 90),
    "plexus": (90, 70, 170),
    "vitreous": (14, 28, 30),
    "lens": (60, 80, 85),
    "tumor": (160, 76, 76),
    "enhancing": (160, 80, 112),
}


_LATTICES_MM = {"scalp": 22.0, "patches": 12.0, "edge": 13.0, "broad": 9.0, "texture": 5.0, "fine edge": 4.5}


@dataclass(frozen=True)
class Plan:
    """What differs from one synthetic person to another.

    Attributes:
        tumor_center: ``(x, y, z)`` in millimetres.
        tumor_radii: Half axes of the ellipsoid that the abnormality is shaped from, in millimetres.
        ventricle_mm: How much wider than usual the ventricles are.
        sulcus_mm: Half width of the sulci.
        scale: Size of the head along x, y and z, about 1.
    """

    tumor_center: Triple
    tumor_radii: Triple
    ventricle_mm: float
    sulcus_mm: float
    scale: Triple


@dataclass(frozen=True)
class Painting:
    """A slab of the head without noise.

    Attributes:
        signals: ``(3, K, J, I)`` FLAIR, T1 before and after contrast; white matter is 100.
        brain: ``(K, J, I)`` share of each voxel inside the skull.
        tumor: ``(K, J, I)`` share of each voxel that is abnormal.
    """

    signals: FloatArray
    brain: FloatArray
    tumor: FloatArray


def draw_plan(random: np.random.Generator, growth: float) -> Plan:
    """Choose a person; ``growth`` multiplies the volume of the abnormality."""
    side = float(random.choice((-1, 1)))
    center = (side * float(random.uniform(30, 37)), float(random.uniform(-32, 22)), float(random.uniform(16, 28)))
    scale = growth ** (1 / 3)
    first, second, third = (scale * float(random.uniform(*ends)) for ends in ((15, 19), (18, 25), (15, 20)))
    return Plan(
        tumor_center=center,
        tumor_radii=(first, second, third),
        ventricle_mm=float(random.uniform(-0.8, 1.2)),
        sulcus_mm=float(random.uniform(0.45, 0.8)),
        scale=(float(random.uniform(0.95, 1.03)), float(random.uniform(0.96, 1.02)), float(random.uniform(0.96, 1.0))),
    )


class Anatomy:
    """One synthetic person, to be painted slab by slab.

    Args:
        plan: The person.
        random: Where the folds and textures come from.
        tumor: Whether there is an abnormality.
    """

    def __init__(self, plan: Plan, random: np.random.Generator, *, tumor: bool) -> None:
        self._plan = plan
        self._tumor = tumor
        self._folds = shapes.Folds(random)
        self._noise = {name: Noise(random, lattice_mm) for name, lattice_mm in _LATTICES_MM.items()}

    def paint(self, slab: Slab) -> Painting:
        """Paint a slab."""
        x, y, z = self._plan.scale
        slab = Slab(slab.x / np.float32(x), slab.y / np.float32(y), slab.z / np.float32(z))
        canvas = _Canvas(slab, {name: noise(slab) for name, noise in self._noise.items()})
        inner = shapes.cavity(slab)
        self._paint_head(canvas, inner)
        tumor = self._paint_brain(canvas, inner)
        return Painting(canvas.signals, ramp(inner, 1.0), tumor)

    def _paint_head(self, canvas: _Canvas, inner: FloatArray) -> None:
        slab = canvas.slab
        scalp = canvas.noise["scalp"]
        texture, broad = canvas.noise["texture"], canvas.noise["broad"]
        outer = shapes.head(slab, inner, np.float32(9.8) + np.float32(0.9) * scalp + shapes.padding(slab))
        canvas.paint(ramp(outer, 1.5), "skin")
        canvas.paint(ramp(outer + 1.8, 1.5), "fat")
        # Deep to the fat of the face and neck: muscle with fat between, bone and air.
        deep = ramp(outer + 6 + scalp, 1.5)
        canvas.paint(deep, "muscle")
        mixed = np.float32(0.7) * broad + np.float32(0.8) * texture
        canvas.paint(deep * ramp(np.float32(1.25) - mixed, 1.2) * np.float32(0.7), "fat")
        canvas.paint(deep * ramp(np.float32(0.9) + mixed, 1.0) * np.float32(0.8), "bone")
        temple = np.hypot((slab.y + 12) / 42, (slab.z + 2) / 42) - 1
        canvas.paint(deep * ramp(np.maximum(temple * 20, 38 - np.abs(slab.x)), 4.0), "muscle")
        self._paint_face(canvas)
        skull = np.float32(5.2) + np.float32(0.8) * scalp
        canvas.paint(ramp(inner - skull, 1.2), "bone")
        marrow = ramp(np.abs(inner - np.float32(0.55) * skull) - 1.2 - np.float32(0.5) * broad, 1.5)
        canvas.paint(marrow * np.float32(0.75), "marrow")

    def _paint_face(self, canvas: _Canvas) -> None:
        for x in (-1.0, 1.0):
            canvas.shape("fat", (x * 31, -64, -27), (16, 23, 13))
            canvas.shape("muscle", (x * 27, -55, -27), (3, 22, 3))
            canvas.shape("muscle", (x * 45, -58, -27), (2.5, 18, 6))
            canvas.shape("muscle", (x * 18, -58, -27), (2.5, 18, 6))
            canvas.shape("lens", (x * 33, -74, -27), (13, 13, 13))
            canvas.shape("vitreous", (x * 33, -74, -27), (11.8, 11.8, 11.8))
            canvas.shape("lens", (x * 33, -83, -27), (4.5, 2.5, 4.5))
            canvas.shape("air", (x * 32, -58, -58), (15, 17, 15))  # maxillary sinus
            canvas.shape("bone", (x * 38, 10, -36), (22, 12, 11))  # petrous bone
            canvas.shape("bone", (x * 50, 32, -40), (9, 13, 15))  # mastoid
            canvas.shape("air", (x * 8, -68, -36), (5, 24, 18))  # nasal cavity and ethmoid cells
        canvas.shape("bone", (0, -20, -34), (20, 16, 11))  # sphenoid
        canvas.shape("air", (0, -24, -33), (11, 10, 8))
        canvas.shape("mucosa", (0, -68, -38), (2, 22, 16))
        canvas.shape("air", (0, -82, -10), (17, 5, 10))  # frontal sinus

    def _paint_brain(self, canvas: _Canvas, inner: FloatArray) -> FloatArray:
        slab = canvas.slab
        canvas.paint(ramp(inner, 0.9), "fluid")
        broad = canvas.noise["broad"]
        depth = -inner - np.float32(1.2) - np.float32(0.5) * broad
        roof = shapes.tentorium(slab)
        hull, surface = self._cortex(canvas, depth, roof)
        cerebrum = ramp(-surface, 1.0) * ramp(-roof, 1.0) * ramp(inner, 0.9)
        gray = ramp(surface - 3.0 - np.float32(0.5) * broad, 1.6)
        ventricle = shapes.ventricles(slab, self._plan.ventricle_mm)
        tumor = self._tumor_share(canvas, gray, ventricle, inner)
        squeezed = np.maximum(cerebrum, np.float32(0.75) * tumor * ramp(0.5 - hull, 1.0))
        canvas.paint(squeezed, "white")
        canvas.paint(squeezed * gray, "gray")
        self._paint_nuclei(canvas)
        if not shapes.above_base(slab):
            self._paint_hindbrain(canvas, depth, roof)
        self._paint_vessels(canvas, inner, canvas.noise["texture"])
        canvas.paint(ramp(ventricle - 1.3, 1.4) * np.float32(0.8), "rim")
        canvas.paint(ramp(ventricle, 0.9), "fluid")
        for x in (-1.0, 1.0):
            canvas.shape("plexus", (x * 21, 33, 14), (2.6, 6, 3.5))
        self._paint_tumor(canvas, tumor * (1 - ramp(ventricle, 0.9)), squeezed)
        return tumor

    def _cortex(self, canvas: _Canvas, depth: FloatArray, roof: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return how deep each place is below the surface of the cerebrum, without and with its sulci."""
        slab, broad = canvas.slab, canvas.noise["broad"]
        core = shapes.core(slab)
        swaying = Slab(slab.x + canvas.noise["scalp"], slab.y, slab.z)
        bent = Slab(slab.x + 2 * broad, slab.y + 3 * canvas.noise["patches"], slab.z)
        hull = np.minimum(depth, shapes.falx(swaying, core) - np.float32(0.7))
        fold = self._folds(slab, hull) + 2 * np.maximum(-core, 0)  # none where the hemispheres are joined
        hull = np.minimum(hull, np.where(roof > 0, roof - 1, np.float32(50)))
        hull = np.minimum(hull, shapes.sylvian(bent) - np.float32(0.6))
        narrow = np.float32(self._plan.sulcus_mm) + np.float32(0.05) * np.maximum(8 - hull, 0)
        return hull, np.asarray(np.minimum(hull, fold - narrow), dtype=np.float32)

    def _paint_nuclei(self, canvas: _Canvas) -> None:
        for x in (-1.0, 1.0):
            canvas.shape("gray", (x * 13, -22, 9), (5.5, 10, 11), 0.8)  # head of the caudate
            canvas.shape("gray", (x * 15, -4, 21), (3, 16, 4), 0.7)  # its body
            canvas.shape("gray", (x * 26, -5, 4), (5, 15, 10), 0.75)  # putamen
            canvas.shape("pallidum", (x * 19, -2, 2), (4, 9, 7), 0.8)
            canvas.shape("gray", (x * 10, 12, 7), (8, 13, 9), 0.6)  # thalamus

    def _paint_hindbrain(self, canvas: _Canvas, depth: FloatArray, roof: FloatArray) -> None:
        slab = canvas.slab
        texture, rough = canvas.noise["texture"], canvas.noise["broad"]
        canvas.paint(ramp(shapes.cisterns(slab, rough), 2.0), "fluid")
        inside = ramp(roof + 1.0, 1.0) * ramp(-depth, 1.0)
        lobes = ellipsoid(slab, (0, 46, -32), (49, 33, 28)) - np.float32(0.6) * texture
        lobes = np.maximum(lobes, 7 - np.hypot(slab.x / 1.3, slab.y - 79))
        cerebellum = inside * ramp(lobes, 1.0)
        canvas.paint(cerebellum, "white")
        canvas.paint(cerebellum * np.float32(0.65), "gray")
        core = ellipsoid(slab, (0, 40, -34), (30, 16, 13)) + 2 * texture
        canvas.paint(cerebellum * ramp(core, 4.0), "white")
        # Folia: thin shells, wider apart than in nature so that pixels can show them.
        shell = slab.z * 0.6 + np.sqrt(slab.x**2 / 2.5 + (slab.y - 28) ** 2) + 3 * texture
        stripes = np.clip(np.sin(shell * np.float32(1.5)) - 0.3, 0, 1) * ramp(-core, 3.0)
        canvas.paint(cerebellum * stripes * ramp(0.2 - texture, 3.0) * np.float32(0.4), "fluid")
        canvas.shape("white", (0, 14, -13), (19, 11, 11), edge=1.5)  # midbrain
        canvas.shape("white", (0, 17, -32), (17, 12, 13), edge=1.5)  # pons
        canvas.shape("white", (0, 25, -58), (8, 7, 22), edge=1.5)  # medulla

    def _paint_vessels(self, canvas: _Canvas, inner: FloatArray, texture: FloatArray) -> None:
        slab = canvas.slab
        middle = ramp(np.hypot(slab.x, np.float32(0.6) * (inner + 3.5)) - 2.6, 1.5) * ((slab.z > 10) | (slab.y > 50))
        canvas.paint(middle * ramp(inner, 1.0), "vessel")
        canvas.shape("vessel", (0, 4, -33), (2.2, 2.2, 18))  # basilar artery
        rim = ramp(np.abs(inner + 2.2) - 0.8, 1.0) * ramp(1.4 - texture, 0.4)
        canvas.paint(rim, "vessel")

    def _tumor_share(self, canvas: _Canvas, gray: FloatArray, ventricle: FloatArray, inner: FloatArray) -> FloatArray:
        if not self._tumor:
            return np.zeros(canvas.slab.shape, dtype=np.float32)
        plan, slab = self._plan, canvas.slab
        rough = (canvas.noise["edge"], canvas.noise["fine edge"])
        distance = shapes.abnormality(slab, plan.tumor_center, plan.tumor_radii, rough)
        distance += np.float32(2.5) * gray  # it spreads along white matter
        other_side = np.float32(3) - np.sign(plan.tumor_center[0]) * slab.x
        distance = np.maximum(np.maximum(distance, other_side), np.float32(0.5) - ventricle)
        return ramp(
            np.maximum(distance, inner + np.float32(3.0))
            / (1 + np.float32(0.3) * np.clip(canvas.noise["patches"], -1.5, 2)),
            3.5,
        )

    def _paint_tumor(self, canvas: _Canvas, share: FloatArray, tissue: FloatArray) -> None:
        if not share.any():
            return
        patches = canvas.noise["patches"]
        weight = share * np.maximum(tissue, 0.3) * np.clip(np.float32(0.95) + np.float32(0.16) * patches, 0.5, 1.3)
        canvas.paint(weight, "tumor")
        canvas.paint(weight * ramp(1.0 - patches, 1.0) * np.float32(0.5), "enhancing")


class _Canvas:
    """Signals of a slab in the making."""

    def __init__(self, slab: Slab, noise: dict[str, FloatArray]) -> None:
        self.slab = slab
        self.noise = noise
        self.signals = np.full((3, *slab.shape), SIGNALS["air"][0], dtype=np.float32)

    def paint(self, share: FloatArray, tissue: str) -> None:
        """Cover each voxel by the share of it that a tissue fills."""
        self._cover((slice(None),) * 3, share, tissue)

    def shape(self, tissue: str, center: Triple, radii: Triple, share: float = 1.0, *, edge: float = 1.2) -> None:
        """Cover an ellipsoid."""
        half = (radii[0] + 3, radii[1] + 3, radii[2] + 3)
        block, part = self.slab.block(center, half)
        if 0 in part.shape:
            return
        weight = ramp(ellipsoid(part, center, radii), edge) * np.float32(share)
        self._cover(block, weight, tissue)

    def _cover(self, block: Block, share: FloatArray, tissue: str) -> None:
        for signal, value in zip(self.signals, SIGNALS[tissue], strict=True):
            part = signal[block]
            part += share * (np.float32(value) - part)
