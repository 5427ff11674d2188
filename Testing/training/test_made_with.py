"""Results are not mixed with those of other weights or other sequences, and are not called what they are not."""

import pytest

from lggseg.errors import FormatError, InputError
from lggseg_training.made_with import MADE_WITH_FILE, MadeWith, keep, read, sequences_of


def test_figures_say_what_the_maps_were_made_of(tmp_path, capsys):
    flair, both, old = (tmp_path / name for name in ("flair", "both", "old"))
    keep(flair, MadeWith("runs", "flair", {"fold0": "1"}))
    keep(both, MadeWith("runs", "all", {"fold0": "1"}))
    assert sequences_of([flair]) == sequences_of([flair, old], "flair") == "flair"
    assert capsys.readouterr().err == ""
    assert sequences_of([old]) == "all"
    assert "old: does not say what the networks saw; taken as all" in capsys.readouterr().err
    for folders, stated in (([flair], "all"), ([flair, both], None), ([flair, old], None)):
        with pytest.raises(InputError, match="expected maps of networks that saw"):
            sequences_of(folders, stated)


def test_further_runs_join_and_another_model_does_not(tmp_path):
    keep(tmp_path / "a", MadeWith("runs", "all", {"fold0": "1"}))
    keep(tmp_path / "a", MadeWith("runs", "all", {"fold1": "2"}))
    assert read(tmp_path / "a") == MadeWith("runs", "all", {"fold0": "1", "fold1": "2"})
    keep(tmp_path / "b", MadeWith("model", "all", {"lgg 1.0": "1"}))
    for other in (MadeWith("model", "all", {"lgg 2.0": "2"}), MadeWith("runs", "all", {"fold0": "1"})):
        with pytest.raises(InputError, match="expected what the results there were made with, got another"):
            keep(tmp_path / "b", other)
    (tmp_path / "b" / MADE_WITH_FILE).write_text("{")
    with pytest.raises(FormatError, match=r"made_with\.json: expected what the results beside it were made with"):
        read(tmp_path / "b")
