"""The script that measures the growth: its arithmetic by hand, and one scan for real."""

import numpy as np
import pytest
import SimpleITK as sitk

from lggseg.growth.measurement_error import MeasurementError
from lggseg.growth.timeline import mean_diameter_mm
from tools.growth_accuracy import START, Scan, growths, head, ml, read, report, scanned


def rows(factor: float) -> list[Scan]:
    """Two series of five studies whose diameters grow by 2 and 0 mm a half year; measured at a constant factor."""
    found = []
    for series, step in enumerate((2.0, 0.0)):
        for study in range(5):
            true = (40 + step * study) ** 3 / 2000
            day = str(START.replace(year=2020 + study))
            found.append(Scan(series, study, step, day, "1x1x5", true, factor * true, float("nan"), float("nan")))
    return found


def test_a_constant_factor_biases_the_volume_and_hardly_the_slope():
    text = report(rows(1.1), MeasurementError(), intervals=False)
    assert "Volumes: +10.0 % of the truth on average; within a series their error scatters by 0.0 %" in text
    five = next(line for line in text.splitlines() if line.startswith("| 5 |"))
    assert "| 2 of 2 |" in five
    assert five.endswith("| 0 of 1 |")


def test_what_is_written_is_read_again(tmp_path):
    file = tmp_path / "rows.csv"
    one = rows(1.0)[0]
    names = list(one.__dataclass_fields__)
    file.write_text(",".join(names) + "\n" + ",".join(str(getattr(one, name)) for name in names) + "\n")
    again = read(file)[0]
    assert (again.series, again.study, again.day, again.true_ml) == (0, 0, one.day, one.true_ml)


@pytest.mark.slow
def test_a_scan_shows_the_person_elsewhere_and_otherwise():
    person = head(3, 1.0)
    first, second = (scanned(person, np.random.default_rng(n), (1.0, 1.0, 5.0)) for n in (0, 1))
    assert first.GetSpacing() == pytest.approx((1.0, 1.0, 5.0))
    assert first.GetOrigin() != second.GetOrigin()
    levels = [float(np.percentile(sitk.GetArrayViewFromImage(image), 99)) for image in (first, second)]
    assert abs(np.log(levels[0] / levels[1])) > 0.05
    start, later = growths(3, 6.0, [0.0, 2.0])
    grown = mean_diameter_mm(ml(head(3, later)["label"])) - mean_diameter_mm(ml(head(3, start)["label"]))
    assert 6.0 < grown < 12.5  # skull and ventricles hold a part of it back: the truth is what the phantom shows
