"""Damaged files, hostile surroundings and sudden ends, by the thousand: ``make stress``."""
