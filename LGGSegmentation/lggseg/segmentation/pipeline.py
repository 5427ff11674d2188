"""Everything that happens to one study, stage by stage: read, prepare, segment, measure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from lggseg.errors import InputError
from lggseg.model.bundle import ONNX_FILE, TORCH_FILE, Bundle, load_bundle
from lggseg.model.classifier import Gate
from lggseg.model.doubt import Doubt, judge
from lggseg.model.networks.registry import CLASSIFICATION
from lggseg.model.postprocessing import COMPONENTS, MaskRule
from lggseg.model.predictor import OnnxPredictor, Predictor, make_predictor
from lggseg.model.segmenter import Segmentation, segment
from lggseg.model.sequence_check import watched
from lggseg.segmentation import input_check
from lggseg.segmentation.checks import study_notes
from lggseg.segmentation.overlap import dice_of_images
from lggseg.segmentation.progress import Checkpoint, Progress, Silence, never_stop
from lggseg.segmentation.report import Report
from lggseg.segmentation.request import SegmentRequest
from lggseg.segmentation.result import SegmentResult
from lggseg.segmentation.study import Study, read_study, spacing_beside
from lggseg.shape import measure
from lggseg.volumes import masks, notes
from lggseg.volumes.sources import is_path, volume_of

_TRUTH_OPTIONS = ("--truth-label", "--truth-segment")

CHECK = "Check this one:"
"""How a note begins that asks a person to look twice."""


@dataclass(frozen=True)
class Model:
    """A model that is loaded and stays warm: a second study costs the network only.

    Attributes:
        bundle: The model folder and what it says of itself.
        predictor: Its network in one of the runtimes.
    """

    bundle: Bundle
    predictor: Predictor

    @property
    def record(self) -> dict[str, str]:
        """Name, version and checksum of the weights in use, for the report."""
        weights = ONNX_FILE if isinstance(self.predictor, OnnxPredictor) else TORCH_FILE
        return {"name": self.bundle.name, "version": self.bundle.version, "sha256": self.bundle.checksum(weights)}

    def segment(self, flair: Any, **options: Any) -> SegmentResult:
        """Segment a study with this model; options as the attributes of ``SegmentRequest``.

        Raises:
            LggsegError: As ``run_pipeline``.
        """
        return run_pipeline(SegmentRequest(flair, **options), model=self)


class Stopwatch:
    """Notes how long each stage took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block."""
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 3)


def load_model(folder: Path | str | None = None, runtime: str = "auto") -> Model:
    """Load a model and its runtime.

    Args:
        folder: A model folder or a run of training/train.py; the model that ships with lggseg where None.
        runtime: One of ``predictor.RUNTIMES``.

    Raises:
        ModelError: If the model is missing, damaged or does not fit.
        DependencyError: If the runtime is not installed.
    """
    bundle = load_bundle(None if folder is None else Path(folder))
    return Model(bundle, make_predictor(bundle, runtime))


def run_pipeline(
    request: SegmentRequest,
    *,
    model: Model | None = None,
    study: Study | None = None,
    progress: Progress | None = None,
    raise_if_stopped: Checkpoint = never_stop,
) -> SegmentResult:
    """Segment and measure one study.

    Args:
        request: What to segment and how.
        model: A model that is loaded already; ``request.model`` and ``request.runtime`` then do not count.
        study: What ``read_study`` gives for the request, where that was read already.
        progress: Is told what happens.
        raise_if_stopped: Called now and then; what it raises ends the run.

    Raises:
        LggsegError: With a message for the user.
    """
    progress, watch = progress or Silence(), Stopwatch()
    with watch.stage("reading"), progress.stage("reading"):
        bundle = model.bundle if model else load_bundle(request.model)
        rule = mask_rule(request, bundle)
        study = read_study(request) if study is None else _again(study, request)
        truth = _read_truth(request, study)
    progress.start(study.images["flair"].GetSize()[2])
    with watch.stage("loading"):
        raise_if_stopped()
        progress.advance("preparing", 0, 1)
        model = model or load_model(request.model, request.runtime)

    def on_slice(done: int, total: int) -> None:
        raise_if_stopped()
        progress.advance("segmenting", done, total)

    with watch.stage("segmenting"):
        check = watched(model.predictor)
        predictor, gate = _gated(check or model.predictor, request)
        segmentation = segment(study.images, predictor, rule=rule, progress=on_slice)
    assessment = input_check.with_finding(study.assessment, check.finding() if check else None, force=request.force)
    with watch.stage("measuring"), progress.stage("measuring"):
        measurements = measure(segmentation.mask)
    doubt = None if gate else doubt_of(segmentation, bundle)  # calibrated without a gate
    report = Report(
        inputs=study.description,
        model=model.record,
        device=model.predictor.device,
        threshold=rule.threshold,
        components=rule.components,
        found=segmentation.found,
        measurements=measurements,
        seconds=watch.seconds,
        notes=[
            *(f"{CHECK} {reason}" for reason in (doubt.reasons if doubt else ())),
            *input_check.notes(assessment),
            *([_said_by(gate, request)] if gate else []),
            *study.notes,
            *study_notes(study.images["flair"], segmentation),
        ],
        comparison=_comparison(segmentation, truth),
        doubt=asdict(doubt) if doubt else {},
    )
    return SegmentResult(study.images["flair"], segmentation, report, truth, hospital=study.hospital)


def _again(study: Study, request: SegmentRequest) -> Study:
    """Return a study that was read for another look, once it may be segmented."""
    input_check.refuse(study.assessment, force=request.force)
    return replace(study, notes=list(study.notes))


def _gated(predictor: Predictor, request: SegmentRequest) -> tuple[Predictor, Gate | None]:
    """Put the classifier of the request before the network, where it names one."""
    if request.gate is None:
        return predictor, None
    classifier = make_predictor(load_bundle(request.gate), request.runtime, task=CLASSIFICATION)
    gate = Gate(predictor, classifier)
    return gate, gate


def _said_by(gate: Gate, request: SegmentRequest) -> str:
    bundle = load_bundle(request.gate)
    return (
        f"The slice classifier {bundle.name} {bundle.version} was asked first and saw nothing in {gate.shut} of "
        f"{gate.asked} slices (each counted as it is and mirrored); nothing is outlined there."
    )


def doubt_of(segmentation: Segmentation, bundle: Bundle) -> Doubt | None:
    """Say how far a result can be trusted.

    Returns:
        None where the model has no calibration, or the mask was not made by the model's own rule, for which alone
        the calibration holds.
    """
    if bundle.calibration is None or segmentation.rule != bundle.rule:
        return None
    return judge(segmentation.signs, bundle.calibration, segmentation.volume_ml)


def mask_rule(request: SegmentRequest, bundle: Bundle) -> MaskRule:
    """Return how the mask is made: the model's rule, but for what the request says otherwise.

    Raises:
        InputError: If the threshold is not between 0 and 1, or the kind of pieces is unknown.
    """
    rule = bundle.rule.changed(request.threshold, request.components)
    if not 0.0 < rule.threshold < 1.0:
        msg = f"expected a threshold between 0 and 1, got {rule.threshold:g}"
        raise InputError(msg)
    if rule.components not in COMPONENTS:
        msg = f"expected pieces to keep, one of {', '.join(COMPONENTS)}, got {rule.components!r}"
        raise InputError(msg)
    return rule


def _read_truth(request: SegmentRequest, study: Study) -> sitk.Image | None:
    """Return the reference on the grid of FLAIR; what had to be decided about it goes into the notes."""
    source, choice = request.truth, masks.Choice(request.truth_label, request.truth_segment, _TRUTH_OPTIONS)
    if source is None:
        if choice != masks.EVERYTHING:
            msg = f"{' and '.join(_TRUTH_OPTIONS)}: expected --truth with them, got none; add it, or leave them out"
            raise InputError(msg)
        return None
    if is_path(source):
        mask = masks.read_mask(source, choice, spacing_beside(request, source))
    else:
        mask = masks.mask_of(volume_of(source), "truth", choice)
    truth = masks.on_grid(mask, study.images["flair"], "the reference")
    study.notes += [f"Reference: {note}" for note in notes.of(truth)]
    return truth


def _comparison(segmentation: Segmentation, truth: sitk.Image | None) -> dict[str, float]:
    return {} if truth is None else {"Dice": dice_of_images(segmentation.mask, truth)}
