"""Errors that a person can act on.

Every message says what was expected, what came, and what to do next::

    LggsegError                      exit status 1
    |-- InputError (ValueError)      exit status 2: a file or value the user gave is not usable
    |   |-- GeometryError            the image grid is unusable (not 3D, sheared, zero spacing)
    |   `-- FormatError              a file is missing, truncated or of an unknown kind
    |-- ModelError                   exit status 3: the model files are missing, changed or do not fit
    |-- OutputError                  exit status 4: a result could not be written (rights, full disk)
    |-- DependencyError              exit status 5: a Python package is missing
    `-- CancelledError               exit status 130: the user stopped the run
"""

from __future__ import annotations


class LggsegError(Exception):
    """Base of all errors that lggseg raises on purpose."""

    exit_status = 1


class InputError(LggsegError, ValueError):
    """A file or value given by the user cannot be used."""

    exit_status = 2


class GeometryError(InputError):
    """The grid of an image cannot be used."""


class FormatError(InputError):
    """A file is missing, damaged, or of a kind that is not supported."""


class ModelError(LggsegError):
    """The model files are missing, changed, or do not fit this version."""

    exit_status = 3


class OutputError(LggsegError):
    """A result could not be written."""

    exit_status = 4


class DependencyError(LggsegError):
    """A Python package that this step needs is not installed."""

    exit_status = 5


class CancelledError(LggsegError):
    """The user stopped the run; nothing was left half written."""

    exit_status = 130
