"""The evaluation itself: which patients, which predictor, and the loop over both."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from lggseg.cohort.patients import patient_key
from lggseg.cohort.prepared import read_manifest
from lggseg.errors import FormatError, InputError
from lggseg.model.bundle import METADATA_FILE, RUN_MODEL_FOLDER, load_bundle
from lggseg.model.postprocessing import MaskRule
from lggseg.model.predictor import Predictor, TorchPredictor, make_predictor
from lggseg.model.preprocessing import SEQUENCES
from lggseg.pages.overlay import montage
from lggseg.volumes import io, masks
from lggseg_training import config as configuration
from lggseg_training.classifier_evaluation import evaluate_classifiers, is_classifier
from lggseg_training.evaluation_report import EXTERNAL, PICTURES_FOLDER, Result, write_page, write_report
from lggseg_training.folds import read_folds
from lggseg_training.maskers import FolderMasker, Labelled, Masker, NetworkMasker, read_labelled
from lggseg_training.plan import read_plan
from lggseg_training.reports.evaluation_figures import further_sections
from lggseg_training.reports.shown_cases import ShownCases
from lggseg_training.run_files import CONFIG_FILE, WEIGHTS_FILE
from lggseg_training.scoring import score
from lggseg_training.slice_scores import slice_scores

SPLITS = ("training", "validation", "test")
"""``test`` are the patients whom training/splits.json names in no fold."""

Job = tuple[Labelled, Masker, str]


def evaluate(options: argparse.Namespace) -> dict[str, Any]:
    """Evaluate as the command line says; write the report and return its summary.

    Raises:
        InputError: If no patient fits.
    """
    if options.pairs and options.run and len(options.run) > 1:
        msg = f"expected one run for --pairs, got {len(options.run)}: each would count the same patients again"
        raise InputError(msg)
    cases = _cases(options)
    if options.run and all(is_classifier(run) for run in options.run):
        return evaluate_classifiers(options, cases, _split_jobs)
    jobs = list(_jobs(options, cases))
    if not jobs:
        msg = f"no labelled patient to evaluate among {len(cases)}; check --data, --pairs and --fold"
        raise InputError(msg)
    options.output.mkdir(parents=True, exist_ok=True)
    shown = ShownCases()
    bar = tqdm(jobs, desc="evaluating", unit="patient", disable=None)
    results = [_evaluate_case(job, options, shown) for job in bar]
    summary = write_report(options.output, results, _description(options, cases))
    write_page(options.output, results, summary, further_sections(options.output, results, shown))
    return summary


def _evaluate_case(job: Job, options: argparse.Namespace, shown: ShownCases) -> Result:
    case, masker, split = job
    study = read_labelled(case, options.sequences)
    made = masker(case, study)
    mask = made.mask
    reference = masks.on_grid(masks.read_mask(case.label), study["flair"], str(case.label))
    if options.save_masks:
        io.write_segmentation(mask, _made(options.output / "masks") / f"{case.name}.nii.gz")
    picture = _made(options.output / PICTURES_FOLDER) / f"{case.name}.png"
    montage(study["flair"], mask, reference).save(picture)
    scores = slice_scores(mask, reference, made.probability)
    result = Result(case.name, case.patient, case.institution, masker.name, score(mask, reference), split, scores)
    shown.see(case.name, result.score.dice, (study["flair"], reference, made))
    return result


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


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


def _jobs(options: argparse.Namespace, cases: Sequence[Labelled]) -> Iterator[Job]:
    """Pair every patient to evaluate with what segments it, and the split that it belongs to."""
    if options.fold is not None:
        wanted = set(read_folds()[options.fold])
        cases = [case for case in cases if case.patient in wanted]
    if not options.run:
        masker = _model_masker(options)
        yield from ((case, masker, "") for case in cases)
        return
    for run in options.run:
        masker = NetworkMasker(str(run), _run_predictor(run), _rule(options, _rule_of_run(run)))
        yield from ((case, masker, split) for case, split in _split_jobs(run, options, cases))


def _split_jobs(run: Path, options: argparse.Namespace, cases: Sequence[Labelled]) -> Iterator[tuple[Labelled, str]]:
    """Return the patients of the wanted splits of a run."""
    splits = splits_of(read_plan(run), external=bool(options.pairs))
    wanted = SPLITS if options.split == "all" else (options.split,)
    return ((case, split) for case in cases if (split := splits(case.patient)) in wanted)


def splits_of(plan: Mapping[str, Sequence[str]], *, external: bool) -> Callable[[str], str]:
    """Return what tells the split of a patient: ``training``, ``validation``, or ``test`` for one of no fold.

    Args:
        plan: Of a run; whom it was trained on counts as that, whoever else it names.
        external: Whether the patients are from elsewhere: then all whom it was not trained on validate it.
    """
    training, validation = set(plan["training"]), set(plan["validation"])
    named = {patient for fold in read_folds() for patient in fold}

    def split(patient: str) -> str:
        if patient in training:
            return "training"
        if external or patient in validation:
            return "validation"
        return "other fold" if patient in named else "test"

    return split


def _rule_of_run(run: Path) -> MaskRule:
    """Return the rule of the model in a run folder; of runs that have none, that of the shipped model."""
    has_model = (run / RUN_MODEL_FOLDER / METADATA_FILE).is_file()
    return load_bundle(run if has_model else None).rule


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
        if options.split in ("training", "all"):
            seen = "yes: those of the split called training; no measure of new patients"
    elif options.masks:
        what, seen = [str(options.masks)], "unknown: masks from elsewhere"
    else:
        bundle = load_bundle(options.model)
        what = [f"{bundle.name} {bundle.version}"]
        known = {patient for fold in read_folds() for patient in fold} & {case.patient for case in cases}
        seen = f"yes: {len(known)} of training/splits.json, no measure of new patients" if known else "no"
    patients = f"pairs in {options.pairs}" if options.pairs else f"prepared data in {options.data}"
    return {"predictor": what, "patients": patients, "sequences": options.sequences, "seen_in_training": seen}
