"""Survival times under the names and words of several sources."""

from __future__ import annotations

import pytest
from clinical_tables import table_of

from lggseg.errors import InputError
from lggseg.radiogenomics.endpoints import DAYS_A_MONTH, find_endpoints, own_endpoint


@pytest.mark.parametrize(
    "columns",
    [
        {"os_days": ["365.25", "730.5"], "os_event": ["1", "0"]},
        {"OS.time": ["365.25", "730.5"], "OS": ["1", "0"]},
        {"OS_MONTHS": ["12", "24"], "OS_STATUS": ["1:DECEASED", "0:LIVING"]},
        {"demographic.vital_status": ["Dead", "Alive"], "demographic.days_to_death": ["365.25", ""],
         "diagnoses.days_to_last_follow_up": ["100", "730.5"]},
    ],
)  # fmt: skip
def test_overall_survival_as_it_comes(columns):
    (found,), reasons = find_endpoints(table_of(columns))
    assert (found.key, found.unit, reasons) == ("os", "months", [])
    assert found.times == pytest.approx({"P0": 12.0, "P1": 24.0})
    assert found.events == {"P0": True, "P1": False}


@pytest.mark.parametrize(
    "columns",
    [
        {"pfs_days": ["30", "60"], "pfs_event": ["1", "0"]},
        {"PFI.time": ["30", "60"], "PFI": ["1", "0"]},
        {"PFS_MONTHS": ["0.985626283367556", "1.9712525667351"], "PFS_STATUS": ["1:PROGRESSION", "0:CENSORED"]},
    ],
)
def test_progression_as_it_comes(columns):
    (found,), _ = find_endpoints(table_of(columns))
    assert found.key == "pfs"
    assert found.times == pytest.approx({"P0": 30 / DAYS_A_MONTH, "P1": 60 / DAYS_A_MONTH})


def test_patients_with_half_an_entry_are_left_out_and_counted():
    (found,), _ = find_endpoints(table_of({"os_days": ["9", "", "8"], "os_event": ["1", "1", ""]}))
    assert list(found.times) == ["P0"]
    assert found.notes == ("2 patients with only one of time and event, left out",)


def test_what_was_found_but_cannot_be_read_is_said_and_not_used():
    found, reasons = find_endpoints(table_of({"os_days": ["9", "-3"], "os_event": ["1", "0"]}))
    assert found == []
    assert "P1: expected a time of 0 or more in os_days, os_event, got -0.0985" in reasons[0]
    assert find_endpoints(table_of({"os_days": ["9"], "os_event": ["0"]})) == (
        [], ["Overall survival: no event in os_days, os_event"]
    )  # fmt: skip


def test_own_columns():
    data = table_of({"follow-up (years)": ["1", "2"], "gone": ["died", "alive"], "t": ["5", "6"]})
    assert own_endpoint(data, "follow-up (years)", "gone", "years").times == {"P0": 12, "P1": 24}
    assert own_endpoint(data, "t", "gone").unit == "t"
    with pytest.raises(InputError, match=r"expected a column 'x' for --event, got follow-up \(years\), gone, t"):
        own_endpoint(data, "t", "x")
    with pytest.raises(InputError, match="P0: expected 1 or 0, dead or alive, or the like in column 't', got '5'"):
        own_endpoint(data, "t", "t")
