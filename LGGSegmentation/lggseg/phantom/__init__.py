"""Synthetic heads with a known abnormality, for demonstration, tests and self-test."""
