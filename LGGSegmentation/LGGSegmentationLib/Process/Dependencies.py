"""What a run needs beyond Slicer's own Python: ONNX Runtime, and PyTorch for those who want their GPU.

Asked for once, on the first click, never at start-up. What is there already is not touched, so a computer
without network works as soon as the package is there.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import inspect
import re
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from LGGSegmentationLib.Process.InferenceProcess import pythonProgram

ONNX_RUNTIME = "onnxruntime"
_MONAI = "monai>=1.5"
_CHECK_MS = 60000


class DependencyMissing(RuntimeError):
    """A package is not there, or does not work; the message says what to do."""


def onnxRequirement(requirementsFile: Path) -> str:
    """Return the requirement line of ONNX Runtime, the one package that Slicer lacks."""
    lines = requirementsFile.read_text(encoding="utf-8").splitlines()
    return next(line.strip() for line in lines if line.strip().startswith(ONNX_RUNTIME))


def isSatisfied(requirement: str) -> bool:
    """Tell whether a requirement of the form ``name>=1.2`` is met."""
    name, minimum = _nameAndMinimum(requirement)
    version = _installedVersion(name)
    return version is not None and _numbers(version) >= _numbers(minimum)


@functools.lru_cache
def _installedVersion(name: str) -> str | None:
    """Return the version of a package, None where there is none; remembered, for the panel asks often."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def status(requirementsFile: Path) -> str:
    """Say in one line what is installed, for the panel."""
    requirement = onnxRequirement(requirementsFile)
    if isSatisfied(requirement):
        return _("ONNX Runtime {version} is installed.").format(version=_installedVersion(ONNX_RUNTIME))
    return _("ONNX Runtime (17 MB) is not installed yet: the first click on Segment asks before it installs it.")


def ensure(runtime: str, requirementsFile: Path) -> bool:
    """Make sure that a runtime is there, asking the user where something has to be installed.

    Args:
        runtime: ``auto``, ``onnx`` or ``torch``.
        requirementsFile: The module's list of packages.

    Returns:
        False if the user does not want the installation.

    Raises:
        DependencyMissing: If it failed.
    """
    return _ensureTorch() if runtime == "torch" else _ensureOnnx(onnxRequirement(requirementsFile))


def _ensureOnnx(requirement: str) -> bool:
    return _ensurePackage(requirement, _("ONNX Runtime, about 17 MB to download"))


def _ensurePackage(requirement: str, what: str) -> bool:
    """Install a package if the user agrees; return False if not."""
    if isSatisfied(requirement):
        return True
    question = _(
        "To run the model, one Python package has to be installed into Slicer, once:\n\n"
        "{what}, from the Python Package Index.\n\n"
        "No image data leaves this computer. Install it now?"
    ).format(what=what)
    if not slicer.util.confirmOkCancelDisplay(question, windowTitle=_("Install a Python package")):
        return False
    _install(requirement)
    importlib.invalidate_caches()
    _installedVersion.cache_clear()
    verify(_nameAndMinimum(requirement)[0])
    return True


def _install(requirement: str) -> None:
    """Install a package through Slicer 5.12's own way, or that of 5.10."""
    try:
        if importlib.util.find_spec("slicer.packaging") is not None:
            from slicer import packaging  # noqa: PLC0415 - Slicer 5.12 and later

            packaging.pip_ensure([requirement], prompt_install=False, requester="LGGSegmentation")
        else:
            slicer.util.pip_install([requirement])
    except Exception as error:
        msg = _(
            "{requirement} could not be installed ({error}). Check the network and the room on the disk. Without a "
            "network: get the wheel elsewhere, then run in Slicer's Python console  pip_install('PATH OF THE WHEEL')."
        )
        raise DependencyMissing(msg.format(requirement=requirement, error=error)) from error


def verify(package: str) -> None:
    """Import a package in a child process: half an installation must not take Slicer down.

    Raises:
        DependencyMissing: If that fails.
    """
    process = qt.QProcess()
    process.setProcessChannelMode(qt.QProcess.MergedChannels)
    process.start(pythonProgram(), ["-c", f"import {package}; print({package}.__version__)"])
    if not process.waitForFinished(_CHECK_MS) or process.exitCode() != 0:
        process.kill()
        said = bytes(process.readAllStandardOutput().data()).decode("utf-8", errors="replace").strip()
        msg = _("{package} is installed but does not start: {said}\nRestart Slicer and try again.")
        raise DependencyMissing(msg.format(package=package, said=said.splitlines()[-1] if said else _("no answer")))


def _ensureTorch() -> bool:
    return _ensurePyTorch() and _ensurePackage(_MONAI, _("MONAI, about 2 MB to download, which holds the network"))


def _ensurePyTorch() -> bool:
    if importlib.util.find_spec("torch") is not None:
        return True
    if importlib.util.find_spec("PyTorchUtils") is None:
        msg = _("To run on the GPU, install the extension PyTorch in the Extensions Manager and restart Slicer; "
                "or choose the runtime Automatic.")  # fmt: skip
        raise DependencyMissing(msg)
    import PyTorchUtils  # noqa: PLC0415 - an extension, there or not

    logic: Any = PyTorchUtils.PyTorchUtilsLogic()
    wanted = {"askConfirmation": True, "torchVersionRequirement": ">=2.2"}
    # The extension has renamed its arguments before.
    known = inspect.signature(logic.installTorch).parameters
    if logic.installTorch(**{name: value for name, value in wanted.items() if name in known}) is None:
        return False
    verify("torch")
    return True


def _nameAndMinimum(requirement: str) -> tuple[str, str]:
    name, minimum = requirement.split(">=")
    return name, minimum


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
