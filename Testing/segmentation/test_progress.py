import io
import json

import pytest

from lggseg.errors import CancelledError, InputError
from lggseg.segmentation.progress import BarProgress, JsonProgress, cancelled_by


def test_json_lines():
    stream = io.StringIO()
    progress = JsonProgress(stream)
    progress.start(26)
    progress.advance("segmenting", 3, 26)
    progress.result({"found": True, "volume_ml": 31.2})
    progress.error(InputError("no"))
    assert [json.loads(line) for line in stream.getvalue().splitlines()] == [
        {"event": "start", "slices": 26},
        {"event": "progress", "stage": "segmenting", "done": 3, "total": 26},
        {"event": "result", "found": True, "volume_ml": 31.2},
        {"event": "error", "kind": "InputError", "message": "no", "exit_status": 2},
    ]


def test_bar_fills_and_goes_away():
    stream = io.StringIO()
    progress = BarProgress(stream, "lggseg", bar=True)
    progress.advance("segmenting", 13, 26)
    assert "[" + "#" * 15 + "." * 15 + "] 13/26" in stream.getvalue()
    progress.result({})
    assert stream.getvalue().endswith("\r\x1b[K")


def test_without_a_terminal_only_errors_are_written():
    stream = io.StringIO()
    progress = BarProgress(stream, "lggseg", bar=False)
    progress.advance("segmenting", 13, 26)
    progress.result({})
    assert stream.getvalue() == ""
    progress.error(InputError("bad.nii: expected a volume"))
    assert stream.getvalue() == "lggseg: bad.nii: expected a volume\n"


def test_cancel_file(tmp_path):
    cancelled_by(None)()
    cancelled_by(tmp_path / "cancel")()
    (tmp_path / "cancel").touch()
    with pytest.raises(CancelledError, match="cancelled; nothing was written"):
        cancelled_by(tmp_path / "cancel")()
