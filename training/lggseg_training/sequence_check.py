"""Fitting the rule that tells FLAIR from T1 by the network's pooled features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import SimpleITK as sitk

from lggseg.cohort.prepared import read_manifest, volume_name
from lggseg.errors import ModelError
from lggseg.model import preprocessing
from lggseg.model.bundle import ONNX_FILE, Bundle
from lggseg.model.predictor import OnnxPredictor
from lggseg.model.sequence_check import MIDDLE
from lggseg_training.logistic import fit_logistic, sigmoid

FloatArray = npt.NDArray[np.float64]

FOLDS = 10
RIDGE = 0.02
_SLICES = 3
_DIGITS = 6


@dataclass(frozen=True)
class Given:
    """One volume that was given as FLAIR.

    Attributes:
        patient: Whom it is of.
        flair: Whether it was one.
        elsewhere: Whether it is of another data set.
        features: ``(F,)`` pooled over the slices in the middle.
    """

    patient: str
    flair: bool
    elsewhere: bool
    features: FloatArray


def samples_of(bundle: Bundle, data: Path, external: Path | None, say: Callable[[str], None]) -> list[Given]:
    """Run the network on FLAIR and on T1 in its place, alone and with the other sequences beside it."""
    predictor = OnnxPredictor(bundle.verified(ONNX_FILE), layer_of(bundle))
    samples = []
    for elsewhere, root in ((False, data), (True, external)):
        for case in read_manifest(root) if root else ():
            images = _volumes(case.folder, case.sequences)
            for flair, study in _studies(images):
                samples.append(Given(case.patient, flair, elsewhere, _features(predictor, study)))
            say(f"{case.case}: {len(samples)} volumes")
    return samples


def layer_of(bundle: Bundle) -> str:
    """Return the deepest value that the decoder takes over from the encoder.

    Raises:
        ModelError: If the graph has none.
    """
    graph = onnx.load(str(bundle.verified(ONNX_FILE))).graph
    for node in graph.node:
        if node.op_type == "Concat":
            return str(node.input[0])
    msg = f"{bundle.folder}: expected a network whose decoder takes over features of its encoder, got another kind"
    raise ModelError(msg)


def fit(samples: Sequence[Given], bundle: Bundle) -> dict[str, Any]:
    """Return the content of ``sequence.json``: the rule, and how it does on what it was not fitted on."""
    x = np.array([sample.features for sample in samples])
    y = np.array([float(sample.flair) for sample in samples])
    elsewhere = np.array([sample.elsewhere for sample in samples])
    intercept, slopes = fit_logistic(x, y, RIDGE)
    return {
        "weights": bundle.checksum(ONNX_FILE),
        "layer": layer_of(bundle),
        "intercept": round(intercept, _DIGITS),
        "slopes": [round(float(slope), _DIGITS) for slope in slopes],
        "measured": {
            "out_of_fold": _summary(_out_of_fold(samples, x, y, ~elsewhere), y[~elsewhere]),
            "elsewhere": _summary(_elsewhere(x, y, elsewhere), y[elsewhere]),
        },
    }


def _out_of_fold(samples: Sequence[Given], x: FloatArray, y: FloatArray, own: npt.NDArray[np.bool_]) -> FloatArray:
    patients = sorted({sample.patient for sample, is_own in zip(samples, own, strict=True) if is_own})
    fold = {patient: number % FOLDS for number, patient in enumerate(patients)}
    of = np.array([fold.get(sample.patient, -1) for sample in samples])
    found = np.full(len(x), np.nan)
    for number in range(FOLDS):
        intercept, slopes = fit_logistic(x[own & (of != number)], y[own & (of != number)], RIDGE)
        held = own & (of == number)
        found[held] = sigmoid(intercept + x[held] @ slopes)
    return found[own]


def _elsewhere(x: FloatArray, y: FloatArray, elsewhere: npt.NDArray[np.bool_]) -> FloatArray:
    """Return the probabilities of volumes of elsewhere by a rule that has seen none."""
    intercept, slopes = fit_logistic(x[~elsewhere], y[~elsewhere], RIDGE)
    return sigmoid(intercept + x[elsewhere] @ slopes)


def _summary(probability: FloatArray, truth: FloatArray) -> dict[str, float]:
    flair, other = probability[truth == 1], probability[truth == 0]
    found: dict[str, float] = {"flair": len(flair), "other": len(other)}
    if len(flair):
        found |= {"lowest_flair": round(float(flair.min()), 3), "flair_below_.15": int((flair < 0.15).sum())}
    if len(other):
        found |= {
            "other_below_.15": round(float((other < 0.15).mean()), 3),
            "other_below_.03": round(float((other < 0.03).mean()), 3),
            "highest_other": round(float(other.max()), 3),
        }
    return found


def _volumes(folder: Path, sequences: Sequence[str]) -> dict[str, sitk.Image]:
    return {name: sitk.ReadImage(str(folder / volume_name(name))) for name in sequences}


def _studies(images: Mapping[str, sitk.Image]) -> Iterator[tuple[bool, dict[str, sitk.Image]]]:
    """Yield whether FLAIR is in its place, and the study; a T1 that is a copy of FLAIR is left out."""
    t1 = {name: images[name] for name in ("pre", "post") if name in images and not _same(images[name], images["flair"])}
    yield True, {"flair": images["flair"]}
    if t1:
        yield True, {"flair": images["flair"], **t1}
    for image in t1.values():
        yield False, {"flair": image}
    if len(t1) > 1:
        yield False, {"flair": t1["pre"], **t1}


def _same(one: sitk.Image, other: sitk.Image) -> bool:
    return np.array_equal(sitk.GetArrayViewFromImage(one), sitk.GetArrayViewFromImage(other))


def _features(predictor: OnnxPredictor, study: Mapping[str, sitk.Image]) -> FloatArray:
    prepared = preprocessing.prepare(study)
    occupied = prepared.occupied_slices
    shares = np.linspace(*MIDDLE, _SLICES)
    chosen = [occupied[min(len(occupied) - 1, int(share * len(occupied)))] for share in shares]
    batch = [preprocessing.stack_channels(prepared.sequences, k, prepared.neighbor_offset) for k in chosen]
    return np.asarray(predictor.logits_and_features(np.stack(batch))[1].mean(axis=0), np.float64)
