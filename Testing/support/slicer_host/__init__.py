"""A stand-in that hosts a Slicer scripted module without the desktop application.

What is real: the MRML scene, its nodes, storage, logic and displayable managers (the ``slicer-core`` wheel,
the same C++ as in Slicer), ``slicer.util`` (the same file), and Qt. What is imitated, and fenced by what the
headers of Slicer show to Python (`slicer_host.api`): PythonQt, CTK and qMRML widgets, ``slicer.app``, the
module loader, and the small Python files under ``base``.

A module that works here is likely, not certain, to work in Slicer: the check list in ``docs/slicer-checklist.md``
is for the rest.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Any


def start(*, main_window: bool = True) -> Any:
    """Make ``slicer``, ``qt`` and ``ctk`` importable as in Slicer; return ``slicer.app``.

    Args:
        main_window: False for Slicer's script mode (``--no-main-window``): no layout manager.
    """
    _make_constants_immortal()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Else VTK looks for a screen first, and says that there is none.
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    import slicer

    base = str(Path(__file__).parent / "base")
    slicer.__path__.append(base)
    sys.path.append(str(Path(base) / "modules"))
    from slicer_host import ctk_widgets, node_combo_box, qmrml_widgets  # noqa: F401 - they register themselves
    from slicer_host.application import install

    return install(main_window=main_window)


def _make_constants_immortal() -> None:
    """Keep PySide6 from using up None, True and their like.

    Wheels of PySide6 6.12 are built as if these were immortal, which they are from Python 3.12 on. Under 3.11 each
    function that returns one takes a reference away, until the interpreter dies at its end.
    """
    if sys.version_info < (3, 12):
        for constant in (None, True, False, NotImplemented, Ellipsis, "", b"", (), *range(-5, 257)):
            ctypes.c_ssize_t.from_address(id(constant)).value += 1 << 40
