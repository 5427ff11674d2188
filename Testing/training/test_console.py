"""The console of a run: what libraries say to their makers is not heard, errors and our own words are."""

import logging
import os
import warnings

import pytest

from lggseg_training.console import quiet_libraries


@pytest.fixture
def quiet(monkeypatch):
    """Quiet libraries, and everything as it was afterwards."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "monai", "nvImageCodec")]
    levels = [logger.level for logger in loggers]
    for name in ("TF_CPP_MIN_LOG_LEVEL", "TORCH_LOGS"):
        monkeypatch.delenv(name, raising=False)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        quiet_libraries()
        yield heard
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def warn_from(module, category, text):
    warnings.warn_explicit(text, category, "file.py", 1, module=module)


@pytest.mark.parametrize("module", ["torch", "torch.onnx.utils", "lightning.pytorch.trainer", "monai.data"])
@pytest.mark.parametrize("category", [DeprecationWarning, FutureWarning, UserWarning])
def test_notes_of_libraries_are_not_heard(quiet, module, category):
    warn_from(module, category, "to our makers")
    assert quiet == []


@pytest.mark.parametrize("module", ["lggseg_training.run", "torchish", "numpy"])
def test_our_own_words_and_those_of_others_are(quiet, module):
    warn_from(module, UserWarning, "look here")
    assert [str(one.message) for one in quiet] == ["look here"]


def test_warnings_of_another_kind_are_heard(quiet):
    warn_from("torch", RuntimeWarning, "invalid value")
    assert [str(one.message) for one in quiet] == ["invalid value"]


def test_tips_are_silent_and_errors_are_not(quiet, caplog):
    logger = logging.getLogger("lightning.pytorch.utilities")
    logger.info("a tip")
    logger.warning("a tip in earnest")
    logger.error("it broke")
    assert [record.message for record in caplog.records] == ["it broke"]


def test_what_a_person_has_set_stays(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    monkeypatch.setenv("TORCH_LOGS", "+onnx")
    with warnings.catch_warnings():
        quiet_libraries()
    assert (os.environ["TF_CPP_MIN_LOG_LEVEL"], os.environ["TORCH_LOGS"]) == ("0", "+onnx")
