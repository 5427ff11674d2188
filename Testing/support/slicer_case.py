"""What the tests of the Slicer module share: the hosted module, its panel, and ways to wait and to click."""

from __future__ import annotations

import functools
import importlib.util
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import ROOT

MODULE_FILE = ROOT / "LGGSegmentation" / "LGGSegmentation.py"
FAKE_CHILD = Path(__file__).parent / "fake_child.py"


def skip_without_host() -> None:
    """Skip where the wheels of the host are not installed."""
    for package in ("slicer_core", "PySide6", "onnx"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed (pip install '.[slicer-host,test]')")


@pytest.fixture(scope="session")
def slicer_module() -> Any:
    """The module in the host."""
    skip_without_host()
    return hosted_module()


@functools.cache
def hosted_module() -> Any:
    """Start the host and load the module: once a process, which Qt allows one application."""
    import slicer_host

    app = slicer_host.start()
    from slicer_host.main_window import MainWindow
    from slicer_host.modules import load

    loaded = load(MODULE_FILE)
    window = MainWindow(app)
    window.show()
    app.startupCompleted.emit()
    loaded.window = window
    return loaded


class Faults:
    """Exceptions that Qt and VTK would only print."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def hook(self, kind: type[BaseException], value: BaseException, trace: Any) -> None:
        self.texts.append("".join(traceback.format_exception(kind, value, trace)))

    def take(self) -> list[str]:
        """Return what came so far and forget it: for tests that want a fault."""
        texts, self.texts = self.texts, []
        return texts


@pytest.fixture
def faults(slicer_module: Any) -> Iterator[Faults]:
    """Fail a test when a slot or an observer raised, or VTK reported an error."""
    import vtk

    collected = Faults()
    before, sys.excepthook = sys.excepthook, collected.hook
    window = vtk.vtkOutputWindow.GetInstance()

    @vtk.calldata_type(vtk.VTK_STRING)
    def on_error(_window: Any, _event: str, text: str) -> None:
        collected.texts.append(text)

    tag = window.AddObserver("ErrorEvent", on_error)
    yield collected
    window.RemoveObserver(tag)
    sys.excepthook = before
    assert not collected.texts, "\n".join(collected.texts)


@pytest.fixture
def panel(slicer_module: Any, faults: Faults) -> Iterator[Any]:
    """The module's panel over an empty scene."""
    import slicer

    slicer.mrmlScene.Clear()
    shown = slicer_module.window.selectModule(slicer_module).self().panel
    settle()
    yield shown
    shown.logic.close()
    slicer.mrmlScene.Clear()
    settle()


@pytest.fixture(scope="session")
def formula_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model folder that finds the synthetic abnormality in a blink."""
    skip_without_host()
    from formula_model import write_formula_bundle

    return str(write_formula_bundle(tmp_path_factory.mktemp("model") / "formula"))


@pytest.fixture(scope="session")
def synthetic_study() -> dict[str, Any]:
    """The synthetic study, made once."""
    from lggseg.phantom.study import make_phantom

    return make_phantom(seed=0)


def add_study(study: dict[str, Any], names: tuple[str, ...] = ("flair",)) -> dict[str, Any]:
    """Put volumes of the synthetic study into the scene."""
    from LGGSegmentationLib.SampleDataRegistration import addVolume

    titles = {"flair": "FLAIR", "pre": "T1 pre", "post": "T1 post gd"}
    return {name: addVolume(study[name], titles[name]) for name in names}


def add_small(name: str = "FLAIR", shape: tuple[int, int, int] = (8, 40, 48), affine: Any = None) -> Any:
    """Put a small volume into the scene: a bright block in noise."""
    import slicer

    array = np.random.default_rng(0).normal(100, 5, shape).astype(np.float32)
    array[3:6, 10:20, 12:30] += 100
    return slicer.util.addVolumeFromArray(array, np.diag([1.0, 1.0, 4.0, 1.0]) if affine is None else affine, name)


def block(shape: tuple[int, int, int] = (8, 40, 48)) -> Any:
    """The mask of the block in `add_small`."""
    mask = np.zeros(shape, np.uint8)
    mask[3:6, 10:20, 12:30] = 1
    return mask


def settle(seconds: float = 0.06) -> None:
    """Let timers and queued signals do their work."""
    wait_until(lambda: False, seconds)


def wait_until(condition: Callable[[], bool], seconds: float = 120.0) -> bool:
    """Run the event loop until a condition holds."""
    import slicer

    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        slicer.app.processEvents()
        time.sleep(0.002)
    return True


def click(button: Any) -> None:
    """Click as a person does: on a button that is on."""
    import qt
    from PySide6.QtTest import QTest

    settle()
    assert button.enabled, f"{button.name} is off: {button.toolTip}"
    QTest.mouseClick(button, qt.Qt.LeftButton)


def answer(text: str, look: Callable[[Any], None] = lambda box: None) -> list[str]:
    """Click a button of the next message box, which stops everything else as long as it is open.

    Args:
        text: What stands on the button.
        look: Given the box before it is answered, to take a picture of it.

    Returns:
        A list that gets the text of the box when it was answered.
    """
    import qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    said: list[str] = []
    timer = qt.QTimer()

    def reply() -> None:
        box = QApplication.activeModalWidget()
        if box is None:
            return
        timer.stop()
        look(box)
        said.append(box.text)
        button = next(button for button in box.buttons() if button.text.replace("&", "") == text)
        QTest.mouseClick(button, qt.Qt.LeftButton)

    timer.timeout.connect(reply)
    timer.start(20)
    return said


def run_to_end(panel: Any) -> None:
    """Click the button and wait for the result."""
    click(panel.ui.segmentButton)
    # Long after what anybody would wait for: what is measured is whether it ends, also on a busy machine.
    assert wait_until(lambda: not panel.running, 600), "the run did not end"
    settle()


def put_result(panel: Any, flair: Any, mask: Any, probability: Any = None, version: str = "1") -> Any:
    """Import a result without running anything; return the segmentation node."""
    from lggseg.shape import measure
    from lggseg.volumes import geometry
    from LGGSegmentationLib.Process.ChildJob import DONE
    from LGGSegmentationLib.Process.SegmentationJob import Outcome
    from LGGSegmentationLib.Scene import VolumeExchange

    image = geometry.image_from_array(mask, VolumeExchange.ijkToRas(flair))
    entry = {"file": "f.nrrd", "sha256": "0" * 64, "size": image.GetSize(), "spacing_mm": image.GetSpacing()}
    report = {
        "model": {"name": "m", "version": version, "sha256": "0" * 64},
        "device": "none",
        "threshold": panel.parameters.threshold,
        "components": "all",
        "found": bool(mask.any()),
        "seconds": {},
        "notes": [],
        "inputs": {"flair": entry},
        "measurements": measure(image),
    }
    probability = mask.astype(np.float32) * 0.9 if probability is None else probability
    panel.parameters.flairVolume = flair
    outcome = Outcome(DONE, found=bool(mask.any()), mask=mask, probability=probability, report=report)
    panel.logic.importOutcome(outcome, flair, panel.parameters, keepEdited=True)
    panel.resultArrived(outcome)
    panel.update()
    settle()
    return panel.parameters.segmentation


def smaller_block():
    mask = block()
    mask[:, :, 20:] = 0
    return mask


def shifted(node, millimetres):
    import slicer

    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = np.eye(4)
    matrix[0, 3] = millimetres
    slicer.util.updateTransformMatrixFromArray(transform, matrix)
    node.SetAndObserveTransformNodeID(transform.GetID())
    return transform


def temporary_folders() -> list[Path]:
    import slicer

    return list(Path(slicer.app.temporaryPath).glob("lggseg-*"))


def ramp(shape: tuple[int, int, int] = (8, 40, 48)) -> Any:
    """A probability map in the block of `add_small` that falls from one side to the other."""
    probability = np.zeros(shape, np.float32)
    probability[3:6, 10:20, 12:30] = np.linspace(0.95, 0.05, 18, dtype=np.float32)
    return probability


def reload_scene(folder: Path) -> None:
    """Save the scene as a bundle, close it, load it again."""
    import slicer

    path = str(folder / "scene.mrb")
    assert slicer.util.saveScene(path, {})
    slicer.mrmlScene.Clear()
    settle()
    slicer.util.loadScene(path, {})
    settle(0.15)


def shown_milliliters(panel: Any) -> float:
    """The number in the headline."""
    import re

    found = re.search(r"([0-9.]+) ml", panel.ui.volumeLabel.text)
    assert found, panel.ui.volumeLabel.text
    return float(found[1])


def row_texts(panel: Any) -> list[list[str]]:
    """The rows of the list of time points."""
    table = panel.ui.timePointWidget
    return [[table.item(row, column).text() for column in range(3)] for row in range(table.rowCount)]


def dicom(monkeypatch, patients):
    """A DICOM database: patients by instance."""
    import slicer

    database = types.SimpleNamespace(instanceValue=lambda uid, tag: patients.get(uid, "") if tag == "0010,0020" else "")
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
