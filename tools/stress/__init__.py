"""Damaged files, hostile surroundings and sudden ends, by the thousand: ``python -m tools.stress`` (``make stress``)."""
