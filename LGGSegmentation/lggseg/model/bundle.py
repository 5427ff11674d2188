"""The model folder (a MONAI bundle): where it is, what it says of itself, and whether it is intact."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lggseg.errors import FormatError, ModelError
from lggseg.files import sha256_of
from lggseg.model.doubt import Calibration
from lggseg.model.metadata import DOUBT, LGGSEG, read_metadata
from lggseg.model.networks.registry import NetworkSpec
from lggseg.model.postprocessing import MaskRule

BUNDLE_NAME = "lgg_flair_unet"
ONNX_FILE = "models/model.onnx"
TORCH_FILE = "models/model.pt"
METADATA_FILE = "configs/metadata.json"
MODEL_CARD_FILE = "docs/README.md"
RUN_MODEL_FOLDER = "model"
"""Where training/train.py leaves a model folder in its run folder."""

_CORE = Path(__file__).resolve().parents[1]
_PLACES = (
    _CORE / "_bundle",  # pip wheel
    _CORE.parent / "Resources" / BUNDLE_NAME,  # built or installed Slicer extension
    _CORE.parents[1] / "Resources" / BUNDLE_NAME,  # source checkout
)


@dataclass(frozen=True)
class Bundle:
    """A model folder and its metadata, as ``read_metadata`` has checked it."""

    folder: Path
    metadata: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of the model."""
        return str(self.metadata.get("name", self.folder.name))

    @property
    def version(self) -> str:
        """Version of the model."""
        return str(self.metadata.get("version", "unknown"))

    @property
    def rule(self) -> MaskRule:
        """How to make a mask of the probability, chosen on out-of-fold patients."""
        facts = self.metadata[LGGSEG]
        return MaskRule(float(facts["threshold"]), facts["components"], float(facts.get("least_peak", 0.0)))

    @property
    def calibration(self) -> Calibration | None:
        """How far results of this model can be trusted; None where that was not measured."""
        content = self.metadata[LGGSEG].get(DOUBT)
        return None if content is None else Calibration.read(content)

    @property
    def network(self) -> NetworkSpec:
        """Which network it is, and what it sees."""
        return NetworkSpec.from_metadata(self.metadata[LGGSEG])

    @property
    def threshold(self) -> float:
        """Probability from which a voxel counts as abnormal."""
        return self.rule.threshold

    def checksum(self, name: str) -> str:
        """Return the SHA-256 that the metadata gives for a file such as ``models/model.onnx``.

        Raises:
            ModelError: If the metadata gives none.
        """
        try:
            return str(self.metadata[LGGSEG]["sha256"][name])
        except KeyError as error:
            msg = f"{self.folder / METADATA_FILE}: expected a SHA-256 for {name}; write it with training/export.py"
            raise ModelError(msg) from error

    def verified(self, name: str) -> Path:
        """Return the path of a weight file after checking that it is the one the metadata describes.

        Raises:
            ModelError: If it is missing or its SHA-256 differs.
        """
        file = self.folder / name
        expected = self.checksum(name)
        try:
            actual = sha256_of(file)
        except FormatError as error:
            msg = f"expected the model's weights ({error}); install the model again"
            raise ModelError(msg) from error
        if actual != expected:
            msg = f"{file}: expected SHA-256 {expected}, got {actual}: damaged or replaced; install the model again"
            raise ModelError(msg)
        return file


def load_bundle(folder: Path | None = None) -> Bundle:
    """Read the metadata of a model folder, by default of the model that ships with lggseg.

    Args:
        folder: A model folder, or a run folder of training/train.py, which has one in it.

    Raises:
        ModelError: If there is no model, or its metadata is damaged.
    """
    root = folder or find_bundle()
    if not (root / METADATA_FILE).is_file() and (root / RUN_MODEL_FOLDER / METADATA_FILE).is_file():
        root /= RUN_MODEL_FOLDER
    return Bundle(root, read_metadata(root / METADATA_FILE))


def find_bundle() -> Path:
    """Return the folder of the model that ships with lggseg.

    Raises:
        ModelError: If it is in none of the places it is installed to.
    """
    for place in _PLACES:
        if (place / METADATA_FILE).is_file():
            return place
    looked = ", ".join(str(place) for place in _PLACES)
    msg = f"expected the model {BUNDLE_NAME} in one of: {looked}; install lggseg again or name a model with --model"
    raise ModelError(msg)
