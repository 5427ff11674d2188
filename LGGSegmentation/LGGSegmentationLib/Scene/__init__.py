"""Everything that reads and writes the scene."""
