"""The rows that a run logs."""

from lggseg_training.history import History, curve, read_history


def test_lost_rows_are_not_kept_and_no_row_waits(tmp_path):
    history = History(tmp_path, 0)
    history.start()
    for step in range(5):
        history.log_metrics({"loss": 1 / (step + 1), "epoch": 0}, step)
    history.log_metrics({"val_dice": 0.5}, 2)
    assert curve(read_history(tmp_path), "loss")[0] == [0, 1, 2, 3, 4]
    resumed = History(tmp_path, 3)
    resumed.start()
    resumed.log_metrics({"loss": 9.0}, 3)
    rows = read_history(tmp_path)
    assert curve(rows, "loss") == ([0, 1, 2, 3], [1.0, 0.5, 0.33333333, 9.0])
    assert curve(rows, "val_dice") == ([2], [0.5])


def test_parts_of_earlier_versions_are_taken_over(tmp_path):
    (tmp_path / "metrics-part1.csv").write_text("epoch,loss,step,val_dice\n0,2.0,0,\n0,1.5,9,\n")
    (tmp_path / "metrics.csv").write_text("epoch,loss,step,val_dice\n0,1.4,9,\n0,,9,0.7\n")
    rows = read_history(tmp_path)
    assert rows[9] == {"step": "9", "epoch": "0", "loss": "1.4", "val_dice": "0.7"}
    History(tmp_path, 10).start()
    assert [file.name for file in tmp_path.glob("metrics*")] == ["metrics.csv"]
    assert curve(read_history(tmp_path), "loss") == ([0, 9], [2.0, 1.4])
