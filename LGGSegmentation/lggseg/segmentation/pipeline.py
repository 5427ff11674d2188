"""Everything ``lggseg segment`` does, stage by stage: read, prepare, segment, measure, write."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from lggseg.errors import InputError, LggsegError
from lggseg.files import refuse_to_replace, sha256_of, staged
from lggseg.model import preprocessing
from lggseg.model.bundle import ONNX_FILE, TORCH_FILE, Bundle, load_bundle
from lggseg.model.postprocessing import MaskRule
from lggseg.model.predictor import OnnxPredictor, make_predictor
from lggseg.model.segmenter import Segmentation, segment
from lggseg.pages import overlay
from lggseg.segmentation.checks import study_notes
from lggseg.segmentation.overlap import dice_of_images
from lggseg.segmentation.progress import Progress, raise_if_cancelled
from lggseg.segmentation.report import Report, html_page
from lggseg.segmentation.study import Study, read_study
from lggseg.shape import measure
from lggseg.volumes import io

REPORT_FILE = "report.json"
PAGE_FILE = "report.html"
OVERLAY_FILE = "overlay.png"
PROBABILITY_FILE = "probability.nrrd"


def segmentation_file(extension: str) -> str:
    """Return the name of the segmentation for one of ``FORMATS``."""
    return f"segmentation.{extension}"


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


def run_pipeline(options: argparse.Namespace, progress: Progress) -> dict[str, Any]:
    """Segment one study and write the results.

    Returns:
        What the command prints at its end: paths, whether anything was found, and its volume.

    Raises:
        LggsegError: With a message for the user; nothing is left half written.
    """
    if not options.overwrite:
        refuse_to_replace(options.output, result_names(options))
    watch = Stopwatch()
    with watch.stage("reading"):
        progress.advance("reading", 0, 1)
        bundle = load_bundle(options.model)
        study = read_study(options)
        truth = _read_truth(options.truth, study.images["flair"])
        progress.advance("reading", 1, 1)
    progress.start(study.images["flair"].GetSize()[2])
    segmentation, device, model = _segment(options, bundle, study, progress, watch)
    with watch.stage("measuring"):
        progress.advance("measuring", 0, 1)
        measurements = measure(segmentation.mask)
        progress.advance("measuring", 1, 1)
    comparison = {"Dice": dice_of_images(segmentation.mask, truth)} if truth is not None else {}
    report = Report(
        inputs=study.description,
        model=model,
        device=device,
        threshold=segmentation.rule.threshold,
        components=segmentation.rule.components,
        found=segmentation.found,
        measurements=measurements,
        seconds=watch.seconds,
        notes=[*study.notes, *study_notes(study.images["flair"], segmentation)],
        comparison=comparison,
    )
    return _write(options, study, segmentation, report, progress, truth)


def result_names(options: argparse.Namespace) -> list[str]:
    """Return the files that ``run_pipeline`` will write."""
    names = [segmentation_file(options.format), REPORT_FILE, PAGE_FILE, OVERLAY_FILE]
    return [*names, PROBABILITY_FILE] if options.probability else names


def _read_truth(file: str | None, flair: sitk.Image) -> sitk.Image | None:
    if file is None:
        return None
    return preprocessing.regrid(io.read_volume(file) > 0, flair, nearest=True)


def _segment(
    options: argparse.Namespace, bundle: Bundle, study: Study, progress: Progress, watch: Stopwatch
) -> tuple[Segmentation, str, dict[str, str]]:
    rule = MaskRule(
        threshold=bundle.rule.threshold if options.threshold is None else options.threshold,
        components=options.components or bundle.rule.components,
    )
    if not 0.0 < rule.threshold < 1.0:
        msg = f"expected a threshold between 0 and 1, got {rule.threshold:g}"
        raise InputError(msg)
    with watch.stage("loading"):
        raise_if_cancelled(options.cancel_file)
        progress.advance("preparing", 0, 1)
        predictor = make_predictor(bundle, options.runtime)

    def on_slice(done: int, total: int) -> None:
        raise_if_cancelled(options.cancel_file)
        progress.advance("segmenting", done, total)

    with watch.stage("segmenting"):
        segmentation = segment(study.images, predictor, rule=rule, progress=on_slice)
    weights = ONNX_FILE if isinstance(predictor, OnnxPredictor) else TORCH_FILE
    model = {"name": bundle.name, "version": bundle.version, "sha256": bundle.checksum(weights)}
    return segmentation, predictor.device, model


def _write(
    options: argparse.Namespace,
    study: Study,
    segmentation: Segmentation,
    report: Report,
    progress: Progress,
    truth: sitk.Image | None,
) -> dict[str, Any]:
    progress.advance("writing", 0, 1)
    picture = overlay.montage(study.images["flair"], segmentation.mask, truth)
    names = {"segmentation": segmentation_file(options.format), "overlay": OVERLAY_FILE}
    before = _outputs_before(options.output) if options.overwrite else {}
    with staged(options.output, overwrite=options.overwrite) as stage:
        io.write_segmentation(segmentation.mask, stage / names["segmentation"])
        picture.save(stage / OVERLAY_FILE)
        if options.probability:
            names["probability"] = PROBABILITY_FILE
            io.write_volume(segmentation.probability, stage / PROBABILITY_FILE)
        report.outputs = {name: {"file": file, "sha256": sha256_of(stage / file)} for name, file in names.items()}
        (stage / REPORT_FILE).write_text(report.to_json(), encoding="utf-8")
        (stage / PAGE_FILE).write_text(html_page(report, picture), encoding="utf-8")
        raise_if_cancelled(options.cancel_file)
    names = {**names, "report": REPORT_FILE, "page": PAGE_FILE}
    _remove_outdated(options.output, {name: sha for name, sha in before.items() if name not in names.values()})
    progress.advance("writing", 1, 1)
    paths = {name: str(options.output / file) for name, file in names.items()}
    outcome = {"found": report.found, "volume_ml": report.measurements["volume_ml"], "notes": report.notes}
    return {**outcome, **report.comparison, **paths}


def _outputs_before(folder: Path) -> dict[str, str]:
    """Return the files, with their checksums, that the report of an earlier run in the folder speaks of."""
    try:
        outputs = json.loads((folder / REPORT_FILE).read_text(encoding="utf-8"))["outputs"]
        return {Path(entry["file"]).name: str(entry["sha256"]) for entry in outputs.values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _remove_outdated(folder: Path, files: dict[str, str]) -> None:
    """Remove results of an earlier run that this one did not replace: the report would not speak of them.

    A file that was changed since is somebody's work, and stays.
    """
    for name, checksum in files.items():
        with suppress(OSError, LggsegError):
            if sha256_of(folder / name) == checksum:
                (folder / name).unlink()
