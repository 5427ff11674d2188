"""Volumes: their grid, how they are read and written, and how they are moved onto each other."""
