"""What a session says in the terminal."""

from __future__ import annotations

import logging
import sys

from lggseg_app.session import is_fault


def record(error: BaseException | None) -> logging.LogRecord:
    info = None if error is None else (type(error), error, None)
    return logging.LogRecord("aiohttp.server", logging.ERROR, __file__, 1, "Error handling request", (), info)


def test_a_browser_that_went_away_is_no_fault():
    assert not is_fault(record(ConnectionResetError("Cannot write to closing transport")))
    assert is_fault(record(ValueError("what")))
    assert is_fault(record(None))


def test_nor_where_it_is_told_without_the_error():
    try:
        raise ConnectionResetError
    except ConnectionResetError:
        assert sys.exc_info()[0] is ConnectionResetError
        assert not is_fault(record(None))
