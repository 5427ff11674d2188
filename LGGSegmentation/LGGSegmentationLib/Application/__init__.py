"""What needs Slicer's application besides the scene: its DICOM database, layouts and plugins. No Qt here."""
