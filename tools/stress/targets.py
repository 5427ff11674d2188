"""What is tried on damaged files: every reader, and the commands that end in one."""

from __future__ import annotations

import contextlib
import io as text_io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from lggseg import cli
from lggseg.errors import LggsegError
from lggseg.model import preprocessing
from lggseg.shape import measure
from lggseg.volumes import io, masks, tiff_stack
from tools.stress import originals
from tools.stress.mutations import BINARY, TEXT, Mutation

Act = Callable[[Path, Path], None]

USUAL_STATUSES = (2, 3, 4, 5)


class StatusError(Exception):
    """A command ended in a status that tells a person nothing."""


class RefusalError(LggsegError):
    """A command refused its input, with this message."""


@dataclass(frozen=True)
class Target:
    """One kind of input.

    Attributes:
        name: What the table of counts calls it.
        original: Writes a whole input into a folder, and returns the file or folder.
        act: Uses it; the second path is an empty folder for results.
        ways: How a file of this kind is damaged.
        weight: Share of the inputs, relative to the other targets.
    """

    name: str
    original: Callable[[Path], Path]
    act: Act
    ways: tuple[Mutation, ...]
    weight: float = 1.0


def read(path: Path, _: Path) -> None:
    """Read a volume and prepare it for the network."""
    preprocessing.prepare({"flair": io.read_volume(path)})


def read_mask(path: Path, _: Path) -> None:
    """Read a mask and measure it."""
    measure(masks.read_mask(path))


def read_tiff(path: Path, _: Path) -> None:
    """Read the slices and the masks of a case."""
    preprocessing.prepare(tiff_stack.read_tiff_stack(path, (8.0, 8.0, 20.0)))
    tiff_stack.read_tiff_mask(path)


def agreement(path: Path, output: Path) -> None:
    """Compare a damaged feature file with a whole one."""
    whole = originals.feature_table(_made(output.parent / "whole"))
    _command("agreement", str(whole), str(path), "-o", str(output / "report"))


def radiogenomics(path: Path, output: Path) -> None:
    """Test whole features against a damaged clinical table."""
    whole = originals.feature_table(_made(output.parent / "whole"))
    _command("radiogenomics", str(whole), "--table", str(path), "-o", str(output / "report"), "--samples", "1000")


def segment(path: Path, output: Path) -> None:
    """Segment a whole volume with a damaged model."""
    folder = next(parent for parent in path.parents if parent.name == "model") if path.name != "model" else path
    flair = originals.volume(".nii")(_made(output.parent / "whole"))
    _command("segment", str(flair), "--model", str(folder), "-o", str(output / "result"), "--progress", "none")


def load_weights(path: Path, _: Path) -> None:
    """Look where a run of training stands whose checkpoint is damaged."""
    from lggseg_training.run import progress_of  # noqa: PLC0415  (PyTorch)

    progress_of(path.parent)


def _command(*arguments: str) -> None:
    """Run a command as a person would; what it says becomes the message of the refusal."""
    said = text_io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(text_io.StringIO()):
        try:
            status = cli.main(arguments)
        except SystemExit as stop:
            status = int(stop.code or 0)
    if status in USUAL_STATUSES:
        raise RefusalError(said.getvalue())
    if status:
        msg = f"status {status}: {said.getvalue()}"
        raise StatusError(msg)


def _made(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


TARGETS = (
    Target("NIfTI", originals.volume(".nii"), read, BINARY, 1.6),
    Target("NIfTI, float", originals.volume(".nii", kind=sitk.sitkFloat32), read, BINARY),
    Target("NIfTI, gzip", originals.volume(".nii.gz", compress=True), read, BINARY),
    Target("NRRD", originals.volume(".nrrd"), read, TEXT, 1.6),
    Target("NRRD, gzip", originals.volume(".nrrd", compress=True), read, TEXT),
    Target("NRRD, two files", originals.volume(".nhdr"), read, TEXT),
    Target("MetaImage", originals.volume(".mha"), read, TEXT, 1.6),
    Target("MetaImage, zlib", originals.volume(".mha", compress=True), read, TEXT),
    Target("DICOM", originals.dicom_series, read, (*BINARY, *TEXT), 2.0),
    Target("TIFF", originals.tiff_case, read_tiff, BINARY, 1.5),
    Target("mask", originals.label(".nii.gz"), read_mask, BINARY),
    Target("mask, NRRD", originals.label(".nrrd"), read_mask, TEXT),
    Target("feature table", originals.feature_table, agreement, TEXT, 0.5),
    Target("clinical table", originals.clinical_table, radiogenomics, TEXT, 0.1),
    Target("model metadata", originals.metadata, segment, TEXT, 0.1),
    Target("model folder", originals.model_folder, segment, BINARY, 0.05),
    Target("checkpoint", originals.checkpoint, load_weights, BINARY, 0.5),
)
