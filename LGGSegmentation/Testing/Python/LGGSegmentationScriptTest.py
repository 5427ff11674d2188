"""CTest of what needs neither panel nor model: the module is there, loads, and knows its own files."""

import unittest

import slicer


class LGGSegmentationScriptTest(unittest.TestCase):
    """Looks at the installed module."""

    def test_module_is_loaded(self):
        """Slicer has found and loaded the module."""
        self.assertIn("LGGSegmentation", dir(slicer.moduleNames))
        self.assertIn("LGGSegmentation", slicer.selfTests)

    def test_model_and_core_are_packaged(self):
        """The core is the extension's own, and the model is where it is looked for."""
        import lggseg
        import LGGSegmentation
        from lggseg.model.bundle import ONNX_FILE, load_bundle

        folder = LGGSegmentation.__file__.rsplit("LGGSegmentation.py", 1)[0]
        self.assertTrue(lggseg.__file__.startswith(folder), lggseg.__file__)
        self.assertTrue(load_bundle().verified(ONNX_FILE).is_file())

    def test_registered(self):
        """Sample Data and Segment Statistics know the module."""
        from SegmentStatistics import SegmentStatisticsLogic

        slicer.modules.LGGSegmentationInstance.registerEverywhere()
        names = [cls.__name__ for cls in SegmentStatisticsLogic.registeredPlugins]
        self.assertEqual(names.count("LGGShapeSegmentStatisticsPlugin"), 1)
        self.assertIn("Lower-grade glioma", slicer.modules.sampleDataSources)


if __name__ == "__main__":
    unittest.main()
