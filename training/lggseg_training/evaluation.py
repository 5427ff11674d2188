"""The evaluation itself: which patients, which predictor, and the loop over both."""

from __future__ import annotations

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
from lggseg_training.classifier_evaluation import PatientsOfRuns, evaluate_classifiers, is_classifier
from lggseg_training.evaluation_report import EXTERNAL, PICTURES_FOLDER, Result, write_page, write_report
from lggseg_training.evaluation_request import ALL_SPLITS, EvaluationRequest
from lggseg_training.folds import fold_of, read_folds
from lggseg_training.made_with import sequences_of
from lggseg_training.maps import who_predicted
from lggseg_training.maskers import FolderMasker, Labelled, MapMasker, Masker, NetworkMasker, read_labelled
from lggseg_training.plan import read_plan
from lggseg_training.reports.evaluation_figures import further_sections
from lggseg_training.reports.shown_cases import ShownCases
from lggseg_training.run_files import CONFIG_FILE, WEIGHTS_FILE
from lggseg_training.scoring import score
from lggseg_training.slice_scores import slice_scores

Job = tuple[Labelled, Masker, str]


def evaluate(request: EvaluationRequest) -> dict[str, Any]:
    """Evaluate as asked for; write the report and return its summary.

    Raises:
        InputError: If no patient fits, or runs that segment and runs that classify are mixed.
    """
    cases = _cases(request)
    found = _patients_of_runs(request, cases)
    if request.runs and _classifying(request.runs):
        return evaluate_classifiers(request, found)
    jobs = list(_jobs(request, cases, found))
    if not jobs:
        msg = f"no labelled patient to evaluate among {len(cases)}; check --data, --pairs, --fold and --split"
        raise InputError(msg)
    request.output.mkdir(parents=True, exist_ok=True)
    shown = ShownCases()
    bar = tqdm(jobs, desc="evaluating", unit="patient", disable=None)
    results = [_evaluate_case(job, request, shown) for job in bar]
    summary = write_report(request.output, results, _description(request, cases))
    write_page(request.output, results, summary, further_sections(request.output, results, shown))
    return summary


def _classifying(runs: Sequence[Path]) -> bool:
    """Tell whether the runs trained slice classifiers.

    Raises:
        InputError: If only some did: their figures are of another kind.
    """
    kinds = {run: is_classifier(run) for run in runs}
    if len(set(kinds.values())) > 1:
        named = ", ".join(str(run) for run, classifies in kinds.items() if classifies)
        msg = f"--run: expected runs of one kind, got slice classifiers ({named}) among networks that outline tumors"
        raise InputError(msg)
    return all(kinds.values())


def _evaluate_case(job: Job, request: EvaluationRequest, shown: ShownCases) -> Result:
    case, masker, split = job
    study = read_labelled(case, request.sequences or "all")
    made = masker(case, study)
    mask = made.mask
    reference = masks.on_grid(masks.read_mask(case.label), study["flair"], str(case.label))
    if request.save_masks:
        io.write_segmentation(mask, _made(request.output / "masks") / f"{case.name}.nii.gz")
    picture = _made(request.output / PICTURES_FOLDER) / f"{case.name}.png"
    montage(study["flair"], mask, reference).save(picture)
    scores = slice_scores(mask, reference, made.probability)
    result = Result(case.name, case.patient, case.institution, masker.name, score(mask, reference), split, scores)
    shown.see(case.name, result.score.dice, (study["flair"], reference, made))
    return result


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _cases(request: EvaluationRequest) -> list[Labelled]:
    """Return the patients to choose among: all, or those of the fold."""
    found = _pairs(request.pairs) if request.pairs else _prepared(request.data)
    if request.fold is None:
        return found
    wanted = set(fold_of(request.fold))
    return [case for case in found if case.patient in wanted]


def _prepared(data: Path) -> list[Labelled]:
    return [
        Labelled(
            name=case.case,
            patient=case.patient,
            institution=case.institution,
            files={name: case.file(name) for name in case.sequences},
            label=case.file("label"),
        )
        for case in read_manifest(data)
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


def _jobs(request: EvaluationRequest, cases: Sequence[Labelled], found: PatientsOfRuns) -> Iterator[Job]:
    """Pair every patient to evaluate with what segments it, and the split that it belongs to."""
    if not request.runs:
        masker = _model_masker(request)
        yield from ((case, masker, "") for case in cases)
    for run, mine in found.items():
        masker = NetworkMasker(str(run), _run_predictor(run), _rule(request, _rule_of_run(run)))
        yield from ((case, masker, split) for case, split in mine)


def _patients_of_runs(request: EvaluationRequest, cases: Sequence[Labelled]) -> PatientsOfRuns:
    """Return the patients of each run, of the splits to measure on.

    Raises:
        InputError: If a patient validates two of the runs, and so would count twice.
    """
    found: PatientsOfRuns = {}
    validates: dict[str, Path] = {}
    for run in request.runs:
        splits = splits_of(read_plan(run), external=bool(request.pairs))
        wanted = request.wanted_splits
        found[run] = [(case, split) for case in cases if (split := splits(case.patient)) in wanted]
        for case, split in found[run]:
            other = validates.setdefault(case.name, run) if split == "validation" else run
            if other != run:
                msg = f"--run: expected runs of different folds, but {case.name} validates both {other} and {run}"
                raise InputError(msg)
    return found


def splits_of(plan: Mapping[str, Sequence[str]], *, external: bool) -> Callable[[str], str]:
    """Return what tells the split of a patient: ``training``, ``validation``, or ``test`` for one of no fold.

    Args:
        plan: Of a run; whom it was trained on counts as that, whoever else it names.
        external: Whether the patients are from elsewhere: then all whom it was not trained on validate it.
    """
    training, validation, named = (set(plan[name]) for name in ("training", "validation", "in_folds"))

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


def _model_masker(request: EvaluationRequest) -> Masker:
    if request.masks:
        return FolderMasker(request.masks)
    bundle = load_bundle(request.model)
    rule = _rule(request, bundle.rule)
    if request.maps:
        return MapMasker(request.maps, rule)
    return NetworkMasker(f"{bundle.name} {bundle.version}", make_predictor(bundle, request.runtime), rule)


def _rule(request: EvaluationRequest, default: MaskRule) -> MaskRule:
    return default.changed(request.threshold, request.components)


def _description(request: EvaluationRequest, cases: Sequence[Labelled]) -> dict[str, Any]:
    """Say what was measured, on whom, and whether the predictor has seen them."""
    if request.runs:
        what, seen = [str(run) for run in request.runs], "no: each run on patients it was not trained on"
        if request.split in ("training", ALL_SPLITS):
            seen = "yes: those of the split called training; no measure of new patients"
    elif request.masks:
        what, seen = [str(request.masks)], "unknown: masks from elsewhere"
    elif request.maps:
        name, seen = who_predicted(request.maps)
        what = [name]
    else:
        bundle = load_bundle(request.model)
        what = [f"{bundle.name} {bundle.version}"]
        known = {patient for fold in read_folds() for patient in fold} & {case.patient for case in cases}
        seen = f"yes: {len(known)} of training/splits.json, no measure of new patients" if known else "no"
    patients = f"pairs in {request.pairs}" if request.pairs else f"prepared data in {request.data}"
    return {"predictor": what, "patients": patients, "sequences": _saw(request), "seen_in_training": seen}


def _saw(request: EvaluationRequest) -> str:
    """Return what the predictor saw: ``all`` or ``flair``, or ``unknown`` of masks from elsewhere."""
    if request.maps:
        return sequences_of([request.maps], request.sequences)
    return request.sequences or ("unknown" if request.masks else "all")
