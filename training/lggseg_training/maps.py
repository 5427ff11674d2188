"""Probability maps of patients, each by a network that has not seen them, and what they are worth."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage
from tqdm import tqdm

from lggseg.cohort.prepared import Case, read_manifest
from lggseg.errors import FormatError, InputError
from lggseg.files import replacing, sha256_of
from lggseg.model.bundle import ONNX_FILE, load_bundle
from lggseg.model.doubt import Signs
from lggseg.model.postprocessing import MaskRule
from lggseg.model.predictor import Predictor, TorchPredictor, make_predictor
from lggseg.model.segmenter import Segmentation, segment
from lggseg.segmentation.overlap import dice
from lggseg.volumes import geometry, io
from lggseg_training import config as configuration
from lggseg_training import made_with
from lggseg_training.made_with import MadeWith
from lggseg_training.plan import read_plan
from lggseg_training.run_files import CONFIG_FILE, WEIGHTS_FILE

CASES_FILE = "cases.csv"
MAPS_FOLDER = "maps"

SECOND_LESION_ML = 1.0
_FOUND_SHARE = 0.1  # of a lesion that has to be outlined for it to count as found
_PER_CENT = 100.0
_MODEL_NAME = re.compile(r" \d+\.\d+")  # as ``load_shipped`` names a model: by its version, which no run has


@dataclass(frozen=True)
class Network:
    """A trained network, who must not and who may be measured with it, and the SHA-256 of its weights."""

    run: Path
    predictor: Predictor
    training: frozenset[str]
    validation: frozenset[str]
    checksum: str = ""


def predict_out_of_fold(
    runs: Sequence[Path], data: Sequence[Path], sequences: str, output: Path, model: Path | None = None
) -> int:
    """Predict all cases that are not predicted yet; return how many cases there are now.

    Args:
        runs: Run folders; each predicts the patients of its fold.
        data: Prepared sets.
        sequences: ``all`` or ``flair``.
        output: Folder to write.
        model: A model folder that predicts everybody instead, whomever it has seen.

    Raises:
        InputError: If no case can be predicted, or the maps there were made with something else.
    """
    cases = [case for folder in data for case in read_manifest(folder)]
    networks = [load_shipped(model)] if model else [load_network(run) for run in runs]
    made_with.keep(output, made_with_of(networks, sequences, of_runs=not model))
    rule = load_bundle().rule
    done = {row["case"]: row for row in read_cases(output)} if (output / CASES_FILE).is_file() else {}
    todo = [(case, network) for case, network in assigned(cases, networks) if case.case not in done]
    (output / MAPS_FOLDER).mkdir(parents=True, exist_ok=True)
    for case, network in tqdm(todo, desc="predicting", unit="case", disable=None):
        done[case.case] = _predict(case, network, sequences, rule, output)
        _write_cases(output, [done[name] for name in sorted(done)])
    if not done:
        msg = f"no case of {', '.join(map(str, data))} to predict with {len(runs)} runs; check --data and --run"
        raise InputError(msg)
    return len(done)


def made_with_of(networks: Sequence[Network], sequences: str, *, of_runs: bool) -> MadeWith:
    """Return what results of networks are made with."""
    checksums = {network.run.name: network.checksum for network in networks}
    return MadeWith("runs" if of_runs else "model", sequences, checksums)


def read_cases(folder: Path) -> list[dict[str, str]]:
    """Read what ``predict_out_of_fold`` wrote.

    Raises:
        FormatError: If there is nothing to read.
    """
    try:
        with (folder / CASES_FILE).open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))
    except OSError as error:
        msg = f"{folder}: expected {CASES_FILE} of training/out_of_fold.py ({error.strerror})"
        raise FormatError(msg) from error


def signs_of(row: dict[str, str]) -> Signs:
    """Return the signs of doubt of a row."""
    return Signs(**{name: float(row[name]) for name in Signs.__dataclass_fields__})


def map_file(folder: Path, case: str) -> Path:
    """Return where the map of a case lies."""
    return folder / MAPS_FOLDER / f"{case}.nii.gz"


def who_predicted(folder: Path) -> tuple[str, str]:
    """Say by whom the maps of a folder are, and whether these have seen the patients: ``no: ...`` or ``unknown: ...``.

    Raises:
        FormatError: If there is nothing to read.
    """
    names = ", ".join(sorted({row["run"] for row in read_cases(folder)}))
    if _MODEL_NAME.search(names):
        return names, "unknown: maps of a model folder, which may have seen everybody"
    return names, "no: each map is by a network that has not seen the patient"


def read_map(folder: Path, case: str) -> npt.NDArray[np.float32]:
    """Return the ``(K, J, I)`` probability of a case."""
    image = io.read_volume(map_file(folder, case))
    return np.asarray(sitk.GetArrayFromImage(image), np.float32) / np.float32(_PER_CENT)


def write_masks(folder: Path, cases: Sequence[Case], rule: MaskRule, output: Path) -> int:
    """Write the mask that a rule makes of each map that there is; return how many.

    Args:
        folder: What ``predict_out_of_fold`` wrote.
        cases: Those wanted; each gives its mask the grid of its label.
        rule: How a map becomes a mask.
        output: Folder for ``CASE.nii.gz``.

    Raises:
        InputError: If none of the cases has a map.
    """
    there = [case for case in cases if map_file(folder, case.case).is_file()]
    if not there:
        msg = (
            f"{folder}: expected maps of the cases of the data set, found none of {len(cases)}; check --maps and --data"
        )
        raise InputError(msg)
    output.mkdir(parents=True, exist_ok=True)
    for case in tqdm(there, desc="writing", unit="mask", disable=None):
        grid = io.read_volume(case.file("label"))
        mask = rule.finding(read_map(folder, case.case), geometry.voxel_volume_ml(grid))
        io.write_segmentation(geometry.like(mask, grid), output / f"{case.case}.nii.gz")
    return len(there)


def lesions(reference: npt.NDArray[np.bool_], mask: npt.NDArray[np.bool_], voxel_ml: float) -> list[bool]:
    """Tell of each further lesion of a reference, from 1 ml on, whether it was found; the largest does not count."""
    pieces, count = ndimage.label(reference, np.ones((3, 3, 3)))
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    second = [index for index in np.argsort(-sizes)[1:] if sizes[index] * voxel_ml >= SECOND_LESION_ML]
    return [bool(mask[pieces == index + 1].mean() >= _FOUND_SHARE) for index in second]


def load_network(run: Path) -> Network:
    """Load a run of training/train.py."""
    plan = read_plan(run)
    settings = configuration.load(run / CONFIG_FILE)
    predictor = TorchPredictor(run / WEIGHTS_FILE, settings.network.spec)
    return Network(
        run, predictor, frozenset(plan["training"]), frozenset(plan["validation"]), sha256_of(run / WEIGHTS_FILE)
    )


def load_shipped(folder: Path) -> Network:
    """Load a model folder, as a network that has seen nobody: what it says of its own patients is no measure."""
    bundle = load_bundle(folder)
    nobody = frozenset[str]()
    return Network(
        Path(f"{bundle.name} {bundle.version}"), make_predictor(bundle), nobody, nobody, bundle.checksum(ONNX_FILE)
    )


def assigned(cases: Sequence[Case], networks: Sequence[Network]) -> Iterator[tuple[Case, Network]]:
    """Give each case to the network whose fold its patient is in; patients of no fold to the networks in turn."""
    known = frozenset[str]().union(*(network.training | network.validation for network in networks))
    strangers = sorted({case.patient for case in cases} - known)
    for case in cases:
        if case.patient in strangers:
            yield case, networks[strangers.index(case.patient) % len(networks)]
        for network in networks:
            if case.patient in network.validation and case.patient not in network.training:
                yield case, network
                break


def _predict(case: Case, network: Network, sequences: str, rule: MaskRule, output: Path) -> dict[str, Any]:
    names = case.sequences if sequences == "all" else ("flair",)
    study = {name: io.read_volume(case.file(name)) for name in names}
    result = segment(study, network.predictor, rule=rule)
    _write_map(result, map_file(output, case.case))
    reference = sitk.GetArrayFromImage(io.read_volume(case.file("label"))) > 0
    mask = sitk.GetArrayFromImage(result.mask) > 0
    voxel = geometry.voxel_volume_ml(result.mask)
    second = lesions(reference, mask, voxel)
    return {
        "case": case.case,
        "patient": case.patient,
        "institution": case.institution,
        "run": network.run.name,
        "dice": round(dice(mask, reference), 4),
        "reference_ml": round(float(reference.sum()) * voxel, 3),
        "mask_ml": round(result.volume_ml, 3),
        "second_lesions": len(second),
        "second_found": sum(second),
        **{name: round(value, 5) for name, value in asdict(result.signs).items()},
    }


def _write_map(result: Segmentation, file: Path) -> None:
    percent = np.round(sitk.GetArrayViewFromImage(result.probability) * _PER_CENT).astype(np.uint8)
    io.write_volume(geometry.like(percent, result.probability), file)


def _write_cases(output: Path, rows: Sequence[dict[str, Any]]) -> None:
    with replacing(output / CASES_FILE) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
