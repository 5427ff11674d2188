import io
import json

import pytest

from lggseg.errors import CancelledError, InputError
from lggseg.segmentation.progress import STAGES, BarProgress, JsonProgress, cancelled_by, share_done


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


def test_the_bar_rises_from_nothing_to_all_over_the_stages():
    shares = [share_done(stage, done, 10) for stage in STAGES for done in range(11)]
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    longest = max(STAGES, key=lambda stage: share_done(stage, 1, 1) - share_done(stage, 0, 1))
    assert longest == "segmenting"


@pytest.mark.parametrize(("stage", "done", "total"), [("loading", 1, 1), ("segmenting", 5, 0), ("reading", 9, 3)])
def test_a_bar_stays_within_its_ends(stage, done, total):
    assert 0 <= share_done(stage, done, total) <= 1
