"""The module's self-test: always on, end to end, on the synthetic study with the shipped model.

It runs from Slicer's Self Tests module, from "Reload and Test", from CTest, and over the host that the
repository's own tests bring along.
"""

from __future__ import annotations

import logging
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleTest

_TIMEOUT_SECONDS = 120.0


class LGGSegmentationTest(ScriptedLoadableModuleTest):
    """Tests what a user does: load, click, look, correct, save."""

    def runTest(self) -> None:
        """Run all tests, as Slicer's Self Tests module and "Reload and Test" ask for."""
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(type(self))
        result = unittest.TextTestRunner(verbosity=2).run(suite)
        for test, reason in result.skipped:
            logging.warning("%s was skipped: %s", test, reason)
        if not result.wasSuccessful():
            first = (result.failures + result.errors)[0]
            msg = f"{len(result.failures) + len(result.errors)} of {result.testsRun} tests failed; first:\n{first[1]}"
            raise AssertionError(msg)

    def setUp(self) -> None:
        """Start with an empty scene; without ONNX Runtime there is nothing to test, and a test installs nothing."""
        from LGGSegmentationLib.Logic import LGGSegmentationLogic, RequirementsFile  # noqa: PLC0415
        from LGGSegmentationLib.Process import Dependencies  # noqa: PLC0415

        slicer.mrmlScene.Clear()
        requirement = Dependencies.onnxRequirement(RequirementsFile)
        if not Dependencies.isSatisfied(requirement):
            self.skipTest(f"{requirement} is not installed in this Slicer: pip_install('{requirement}')")
        self.logic = LGGSegmentationLogic()
        self.parameters = self.logic.getParameterNode()

    def tearDown(self) -> None:
        """Leave nothing behind."""
        self.logic.close()
        slicer.mrmlScene.Clear()

    def loadStudy(self, **options: Any) -> dict[str, Any]:
        """Put a synthetic study into the scene; return its nodes and the true outline."""
        from lggseg.phantom.study import make_phantom  # noqa: PLC0415
        from LGGSegmentationLib.SampleDataRegistration import addVolume  # noqa: PLC0415

        study = make_phantom(**{"seed": 0, **options})
        nodes: dict[str, Any] = {name: addVolume(study[name], name) for name in ("flair", "pre", "post")}
        nodes["label"] = study["label"]
        self.parameters.flairVolume = nodes["flair"]
        return nodes

    def run_to_end(self, whileRunning: Callable[[], None] = lambda: None) -> Any:
        """Start a run and wait for it with the event loop alive."""
        outcomes: list[Any] = []
        self.logic.start(self.parameters, finished=outcomes.append)
        end = time.monotonic() + _TIMEOUT_SECONDS
        while not outcomes and time.monotonic() < end:
            slicer.app.processEvents()
            whileRunning()
            time.sleep(0.01)
        self.assertTrue(outcomes, "the run did not end in time")
        return outcomes[0]

    def overlap(self, truth: Any) -> float:
        """Return the Dice overlap of the result with the true outline."""
        import SimpleITK as sitk  # noqa: PLC0415

        from LGGSegmentationLib.Scene import VolumeExchange  # noqa: PLC0415

        result = self.result()
        mask = VolumeExchange.readMask(result.node, result.segmentId, self.parameters.flairVolume) > 0
        true = sitk.GetArrayFromImage(truth) > 0
        return 2 * float((mask & true).sum()) / max(1.0, float(mask.sum() + true.sum()))

    def result(self) -> Any:
        """Return the result of the last run."""
        from LGGSegmentationLib.Scene.Result import currentResult  # noqa: PLC0415

        return currentResult(self.parameters.segmentation)

    def test_segments_the_synthetic_study(self) -> None:
        """FLAIR alone: outline near the truth, measured, coded, in place."""
        from LGGSegmentationLib.Scene import Measurements  # noqa: PLC0415

        nodes = self.loadStudy()
        outcome = self.run_to_end()
        self.assertEqual(outcome.status, "done", outcome.message)
        self.assertTrue(outcome.found)
        self.assertGreater(self.overlap(nodes["label"]), 0.7)
        self.assertGreater(outcome.report["doubt"]["volume_low_ml"], 1.0)
        result = self.result()
        self.assertIs(result.flair, nodes["flair"])
        self.assertTrue(result.tag(result.segment.GetTerminologyEntryTagName()))
        self.assertGreater(Measurements.valuesOf(self.parameters.measurementTable)["volume_ml"], 1.0)

    def test_all_three_sequences(self) -> None:
        """FLAIR with T1 before and after contrast."""
        nodes = self.loadStudy()
        self.parameters.preVolume, self.parameters.postVolume = nodes["pre"], nodes["post"]
        outcome = self.run_to_end()
        self.assertEqual(outcome.status, "done", outcome.message)
        self.assertGreater(self.overlap(nodes["label"]), 0.7)

    def test_no_tumor_is_a_result(self) -> None:
        """A healthy head: said plainly, with an empty segment and a volume of zero."""
        from LGGSegmentationLib.Scene import Measurements  # noqa: PLC0415

        self.loadStudy(seed=14, tumor=False)
        outcome = self.run_to_end()
        self.assertEqual(outcome.status, "done", outcome.message)
        self.assertFalse(outcome.found)
        self.assertEqual(Measurements.valuesOf(self.parameters.measurementTable)["volume_ml"], 0.0)

    def test_cancel_ends_the_child_and_changes_nothing(self) -> None:
        """Cancel while it runs."""
        self.loadStudy()
        before = slicer.mrmlScene.GetNumberOfNodes()
        outcome = self.run_to_end(whileRunning=self.logic.cancel)
        self.assertEqual(outcome.status, "cancelled")
        self.assertFalse(self.logic.running)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodes(), before)

    def test_bad_input_is_explained(self) -> None:
        """A volume of NaN: the message names the trouble, the scene stays as it was."""
        import numpy as np  # noqa: PLC0415

        volume = slicer.util.addVolumeFromArray(np.full((6, 40, 40), np.nan, np.float32), name="broken")
        self.parameters.flairVolume = volume
        outcome = self.run_to_end()
        self.assertEqual(outcome.status, "failed")
        self.assertIn("NaN", outcome.message)
        self.assertIn("“broken”", outcome.message)
        self.assertNotIn(".nrrd", outcome.message)
        self.assertIsNone(self.parameters.segmentation)

    def test_second_run_keeps_what_was_drawn(self) -> None:
        """A corrected result and foreign segments survive a second run; undo brings the first result back."""
        import numpy as np  # noqa: PLC0415

        from LGGSegmentationLib.Scene import VolumeExchange  # noqa: PLC0415

        nodes = self.loadStudy()
        self.run_to_end()
        node, flair = self.parameters.segmentation, nodes["flair"]
        segment = self.result().segmentId
        drawn = VolumeExchange.readMask(node, segment, flair)
        drawn[2, 100:110, 100:110] = 1
        VolumeExchange.writeMask(drawn, node, segment, flair)
        foreign = node.GetSegmentation().AddEmptySegment("mine", "mine")
        VolumeExchange.writeMask(np.flip(drawn, 2), node, foreign, flair)
        self.run_to_end()
        self.assertEqual(node.GetSegmentation().GetNumberOfSegments(), 3)
        np.testing.assert_array_equal(VolumeExchange.readMask(node, segment, flair), drawn)
        np.testing.assert_array_equal(VolumeExchange.readMask(node, foreign, flair), np.flip(drawn, 2))
        self.logic.undo(self.parameters)
        self.assertEqual(node.GetSegmentation().GetNumberOfSegments(), 2)

    def test_scene_survives_saving(self) -> None:
        """Save, clear, load: result, numbers and settings are back."""
        from LGGSegmentationLib.Scene import Measurements  # noqa: PLC0415

        self.loadStudy()
        self.run_to_end()
        values = Measurements.valuesOf(self.parameters.measurementTable)
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "scene.mrb")
            self.assertTrue(slicer.util.saveScene(path, {}))
            slicer.mrmlScene.Clear()
            slicer.util.loadScene(path, {})
        self.parameters = self.logic.getParameterNode()
        self.assertEqual(Measurements.valuesOf(self.parameters.measurementTable), values)
        result = self.result()
        self.assertIs(result.flair, self.parameters.flairVolume)
        self.assertFalse(result.isEdited())
        self.assertFalse(Measurements.isOutdated(self.parameters.measurementTable, self.logic.outlines.of(result)))
