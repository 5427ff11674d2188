"""The evaluation itself: which patients, which predictor, and the loop over both."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import SimpleITK as sitk
from tqdm import tqdm

from lggseg.cohort.patients import patient_key
from lggseg.cohort.prepared import read_manifest
from lggseg.errors import FormatError, InputError
from lggseg.model.bundle import load_bundle
from lggseg.model.postprocessing import MaskRule
from lggseg.model.predictor import Predictor, TorchPredictor, make_predictor
from lggseg.model.preprocessing import SEQUENCES
from lggseg.model.segmenter import segment
from lggseg.pages.overlay import montage
from lggseg.volumes import io, masks
from lggseg_training import config as configuration
from lggseg_training.evaluation_report import EXTERNAL, PICTURES_FOLDER, Result, write_report
from lggseg_training.folds import read_folds
from lggseg_training.plan import read_plan
from lggseg_training.run_files import CONFIG_FILE, WEIGHTS_FILE
from lggseg_training.scoring import score


@dataclass(frozen=True)
class Labelled:
    """A patient with a reference segmentation."""

    name: str
    patient: str
    institution: str
    files: dict[str, Path]
    label: Path


class Masker(Protocol):
    """Anything that makes a mask for a patient."""

    name: str

    def __call__(self, case: Labelled, study: dict[str, sitk.Image]) -> sitk.Image:
        """Return the mask on the grid of FLAIR."""


class NetworkMasker:
    """Segments with a network, through the code that users run."""

    def __init__(self, name: str, predictor: Predictor, rule: MaskRule) -> None:
        self.name = name
        self._predictor = predictor
        self._rule = rule

    def __call__(self, case: Labelled, study: dict[str, sitk.Image]) -> sitk.Image:
        """See ``Masker``."""
        return segment(study, self._predictor, rule=self._rule).mask


class FolderMasker:
    """Reads masks that something else has made."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder

    def __call__(self, case: Labelled, study: dict[str, sitk.Image]) -> sitk.Image:
        """See ``Masker``."""
        for file in (self._folder / f"{case.name}.nii.gz", self._folder / case.name / "segmentation.nii.gz"):
            if file.is_file():
                return masks.on_grid(masks.read_mask(file), study["flair"], str(file))
        msg = f"{self._folder}: expected a mask {case.name}.nii.gz or {case.name}/segmentation.nii.gz, found neither"
        raise FormatError(msg)


def evaluate(options: argparse.Namespace) -> dict[str, Any]:
    """Evaluate as the command line says; write the report and return its summary.

    Raises:
        InputError: If no patient fits.
    """
    if options.pairs and options.run and len(options.run) > 1:
        msg = f"expected one run for --pairs, got {len(options.run)}: each would count the same patients again"
        raise InputError(msg)
    cases = _cases(options)
    jobs = list(_jobs(options, cases))
    if not jobs:
        msg = f"no labelled patient to evaluate among {len(cases)}; check --data, --pairs and --fold"
        raise InputError(msg)
    options.output.mkdir(parents=True, exist_ok=True)
    results = [_evaluate_case(case, masker, options) for case, masker in tqdm(jobs, desc="evaluating", unit="patient")]
    return write_report(options.output, results, _description(options, cases))


def _evaluate_case(case: Labelled, masker: Masker, options: argparse.Namespace) -> Result:
    study = _read_study(case, options)
    mask = masker(case, study)
    reference = masks.on_grid(masks.read_mask(case.label), study["flair"], str(case.label))
    if options.save_masks:
        io.write_segmentation(mask, _made(options.output / "masks") / f"{case.name}.nii.gz")
    picture = _made(options.output / PICTURES_FOLDER) / f"{case.name}.png"
    montage(study["flair"], mask, reference).save(picture)
    return Result(case.name, case.patient, case.institution, masker.name, score(mask, reference))


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _read_study(case: Labelled, options: argparse.Namespace) -> dict[str, sitk.Image]:
    names = SEQUENCES if options.sequences == "all" else ("flair",)
    return {name: io.read_volume(case.files[name]) for name in names if name in case.files}


def _cases(options: argparse.Namespace) -> list[Labelled]:
    if options.pairs:
        return _pairs(options.pairs)
    return [
        Labelled(
            name=case.case,
            patient=case.patient,
            institution=case.institution,
            files={name: case.file(name) for name in case.sequences},
            label=case.file("label"),
        )
        for case in read_manifest(options.data)
    ]


def _pairs(folder: Path) -> list[Labelled]:
    found = []
    for label in sorted(folder.glob("*-label.nii.gz")):
        name = label.name.removesuffix("-label.nii.gz")
        files = {sequence: folder / f"{name}-{sequence}.nii.gz" for sequence in SEQUENCES}
        files = {sequence: file for sequence, file in files.items() if file.is_file()}
        if "flair" not in files:
            msg = f"{label}: expected {name}-flair.nii.gz beside it"
            raise FormatError(msg)
        found.append(Labelled(name, patient_key(name), EXTERNAL, files, label))
    return found


def _jobs(options: argparse.Namespace, cases: Sequence[Labelled]) -> Iterator[tuple[Labelled, Masker]]:
    """Pair every patient to evaluate with what segments it."""
    if options.fold is not None:
        wanted = set(read_folds()[options.fold])
        cases = [case for case in cases if case.patient in wanted]
    if not options.run:
        masker = _model_masker(options)
        yield from ((case, masker) for case in cases)
        return
    rule = _rule(options, load_bundle().rule)
    for run in options.run:
        masker = NetworkMasker(str(run), _run_predictor(run), rule)
        plan = read_plan(run)
        unseen = [case for case in cases if case.patient not in plan["training"]]
        mine = set(plan["validation"])
        yield from ((case, masker) for case in unseen if options.pairs or case.patient in mine)


def _run_predictor(run: Path) -> Predictor:
    settings = configuration.load(run / CONFIG_FILE)
    return TorchPredictor(run / WEIGHTS_FILE, settings.network.spec)


def _model_masker(options: argparse.Namespace) -> Masker:
    if options.masks:
        return FolderMasker(options.masks)
    bundle = load_bundle(options.model)
    rule = _rule(options, bundle.rule)
    return NetworkMasker(f"{bundle.name} {bundle.version}", make_predictor(bundle, options.runtime), rule)


def _rule(options: argparse.Namespace, default: MaskRule) -> MaskRule:
    threshold = default.threshold if options.threshold is None else options.threshold
    return MaskRule(threshold, options.components or default.components)


def _description(options: argparse.Namespace, cases: Sequence[Labelled]) -> dict[str, Any]:
    """Say what was measured, on whom, and whether the predictor has seen them."""
    if options.run:
        what, seen = [str(run) for run in options.run], "no: each run on patients it was not trained on"
    elif options.masks:
        what, seen = [str(options.masks)], "unknown: masks from elsewhere"
    else:
        bundle = load_bundle(options.model)
        what = [f"{bundle.name} {bundle.version}"]
        known = {patient for fold in read_folds() for patient in fold} & {case.patient for case in cases}
        seen = f"yes: {len(known)} of training/splits.json, no measure of new patients" if known else "no"
    patients = f"pairs in {options.pairs}" if options.pairs else f"prepared data in {options.data}"
    return {"predictor": what, "patients": patients, "sequences": options.sequences, "seen_in_training": seen}
