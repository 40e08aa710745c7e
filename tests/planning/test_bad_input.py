"""Bad files, as a user loads and plans them: a finding that names place, value, rule and remedy, and nothing stored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drumbeat.cli.main import main

PLANT = {
    "company": "code,as_of\nC,2026-03-02T00:00\n",
    "site": "code,time_zone\nNORTH,UTC\n",
    "item": "code,kind,lead_time_days,unit\nPUMP,make,0,pc\nCAST,buy,3,pc\n",
    "bill_line": "item,component,position,quantity_per\nPUMP,CAST,1,2\n",
    "resource": "code,site,calendar\nPRESS,NORTH,\n",
    "routing": "code,item,site\nR,PUMP,NORTH\n",
    "operation": "code,routing,sequence,run_minutes\nR1,R,1,60\n",
    "operation_resource": "operation,resource\nR1,PRESS\n",
    "supplier": "code\nF\n",
    "supply_term": "supplier,item,site,lead_time_days\nF,CAST,NORTH,3\n",
    "stock": "item,site,quantity\nCAST,NORTH,1\n",
    "demand_line": "code,item,site,quantity,due_at\nD1,PUMP,NORTH,4,2026-03-12T00:00\n",
}
DEMAND = "code,item,site,quantity,due_at\n"
BILL = "item,component,position,quantity_per"
TERM = "supplier,item,site,lead_time_days\nF,CAST,NORTH,"

REFUSED: list[tuple[str, dict[str, str | bytes], str, str]] = [
    ("an item in itself", {"bill_line": f"{BILL}\nPUMP,PUMP,1,2\n"}, "bill_line.csv", "PUMP > PUMP"),
    ("a bill in a circle", {"bill_line": f"{BILL}\nPUMP,CAST,1,2\nCAST,PUMP,1,1\n"}, "bill_line.csv", "CAST > PUMP"),
    ("a negative lead time", {"supply_term": f"{TERM}-3\n"}, "supply_term.csv", "-3.0"),
    ("an endless lead time", {"supply_term": f"{TERM}inf\n"}, "supply_term.csv", "inf"),
    ("a lead time of ages", {"supply_term": f"{TERM}1e15\n"}, "supply_term.csv", "1e+15|1000000000000000"),
    ("a unit in a cell", {"bill_line": f"{BILL}\nPUMP,CAST,1,2 kg\n"}, "bill_line.csv", "2 kg"),
    ("a unit that is no time", {"supply_term": "supplier,item,site,lead_time_days [kg]\nF,CAST,NORTH,3\n"},
     "supply_term.csv", "kg"),
    ("a unit that is not the item's", {"bill_line": f"{BILL} [kg]\nPUMP,CAST,1,2\n"}, "bill_line.csv", "kg"),
    ("an unknown item", {"demand_line": DEMAND + "D1,GHOST,NORTH,4,2026-03-12\n"}, "demand_line.csv", "GHOST"),
    ("an unknown site", {"demand_line": DEMAND + "D1,PUMP,SOUTH,4,2026-03-12\n"}, "demand_line.csv", "SOUTH"),
    ("no number", {"demand_line": DEMAND + "D1,PUMP,NORTH,NaN,2026-03-12\n"}, "demand_line.csv", "nan"),
    ("an infinite number", {"stock": "item,site,quantity\nCAST,NORTH,inf\n"}, "stock.csv", "inf"),
    ("a negative quantity", {"demand_line": DEMAND + "D1,PUMP,NORTH,-4,2026-03-12\n"}, "demand_line.csv", "-4.0"),
    ("an empty file", {"demand_line": ""}, "demand_line.csv", ""),
    ("no text at all", {"demand_line": b"\xff\xfe\x00\x01\x02"}, "demand_line.csv", ""),
    ("rows of other lengths", {"demand_line": DEMAND + "D1,PUMP,NORTH,4\n"}, "demand_line.csv", "4"),
    ("a code twice", {"item": "code,kind\nPUMP,make\nCAST,buy\nCAST,buy\n"}, "item.csv", "CAST"),
    ("no code", {"demand_line": DEMAND + ",PUMP,NORTH,4,2026-03-12\n"}, "demand_line.csv", ""),
    ("a bill line twice", {"bill_line": f"{BILL}\nPUMP,CAST,1,2\nPUMP,CAST,1,3\n"}, "bill_line.csv", "PUMP / CAST / 1"),
    ("an unknown calendar", {"resource": "code,site,calendar\nPRESS,NORTH,GHOST\n"}, "resource.csv", "GHOST"),
    ("a calendar that never opens", {"resource": "code,site,calendar\nPRESS,NORTH,CAL\n", "calendar": "code\nCAL\n"},
     "calendar.csv", "CAL"),
    ("no date", {"demand_line": DEMAND + "D1,PUMP,NORTH,4,31.12.2026\n"}, "demand_line.csv", "31.12.2026"),
    ("a moment of the data in the year 9999", {"company": "code,as_of\nC,9999-12-31T00:00\n"}, "company.csv", "9999"),
    ("work that nobody does", {"operation_resource": "operation,resource\n"}, "operation.csv", "R1"),
]  # fmt: skip
"""What is wrong, the files, the place that the finding names, and what it names as found."""
LOADED = {"a bill in a circle", "a unit that is not the item's", "no code", "no text at all"}
"""Those that are loaded as well; both doors read files by one check."""


def write(folder: Path, changes: dict[str, str | bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in {**PLANT, **changes}.items():
        (folder / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and what was told as an error, in one line."""
    code = main(list(arguments))
    told = capsys.readouterr()
    return code, told.out, " ".join(told.err.split())


@pytest.mark.django_db
def test_bad_files_are_refused_by_name_and_nothing_is_stored(tmp_path, capsys):
    from drumbeat.data.snapshot import Snapshot

    for number, (name, changes, place, value) in enumerate(REFUSED):
        folder = str(write(tmp_path / str(number), changes))
        code, _, why = called(capsys, "plan", folder)
        assert code == 1, name
        assert place in why, (name, why)
        if name not in LOADED:
            assert any(part in why for part in value.split("|")), (name, why)
            continue
        code, out, _ = called(capsys, "load", folder, "--json")
        told = json.loads(out)
        errors = [one for one in told["findings"] if one["severity"] == "error"]
        assert (code, told["stored"]) == (1, False), name
        assert any(
            one["place"] == place and any(part in str(one["value"] or "") for part in value.split("|"))
            and one["rule"] and one["remedy"] for one in errors
        ), (name, errors)  # fmt: skip
    assert not any(frame.height for frame in Snapshot.read_database().frames.values())


@pytest.mark.parametrize("door", [["plan"], ["plan", "--finite"]], ids=["plan", "finite"])
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"demand_line": DEMAND + "D1,PUMP,NORTH,1e15,2026-03-12\n"}, ["CAST @ NORTH: 2e+15", "PUMP @ NORTH"]),
        ({"demand_line": DEMAND + "D1,PUMP,NORTH,1e300,2026-03-12\n"}, ["PUMP @ NORTH: 1e+300"]),
        ({"demand_line": DEMAND + "D1,PUMP,NORTH,5e7,2026-03-12\n",
          "item": "code,kind,lot_maximum\nPUMP,make,\nCAST,buy,10\n"}, ["CAST @ NORTH: 1e+08 units in lots of 10"]),
        ({"operation": "code,routing,sequence,run_minutes\nR1,R,1,1e9\n",
          "demand_line": DEMAND + "D1,PUMP,NORTH,1e9,2026-03-12\n"}, ["PUMP @ NORTH: 6.94444e+14 days"]),
    ],
    ids=["1e15 units", "1e300 units", "ten million lots", "an endless order"],
)  # fmt: skip
def test_what_no_plan_can_hold_is_refused_by_name(tmp_path, capsys, door, changes, named):
    verb, *options = door
    code, out, why = called(capsys, verb, str(write(tmp_path / "plant", changes)), *options, "--json")
    assert (code, out) == (1, "")
    assert all(name in why for name in named), why


def planned(capsys: pytest.CaptureFixture[str], folder: Path, *options: str) -> tuple[dict, str]:
    code, out, told = called(capsys, "plan", str(folder), *options, "--json")
    assert code == 0, told
    return json.loads(out), told


@pytest.mark.parametrize("year", ["0001-01-01", "1700-01-01", "9999-12-31"])
def test_due_dates_of_other_ages_are_planned_and_said(tmp_path, capsys, year):
    folder = write(tmp_path / "plant", {"demand_line": DEMAND + f"D1,PUMP,NORTH,4,{year}T00:00\n"})
    told, said = planned(capsys, folder)
    assert "a due date lies in the years 1900 to 2200" in said
    assert [one["quantity"] for one in told["orders"]] == [4.0, 7.0]
    assert told["demands"][0]["is_late"] is (year < "2026")
    finite, _ = planned(capsys, folder, "--finite")
    assert finite["deliveries"][0]["delivered_at"].startswith("2026-03-05")


def test_lead_times_of_a_million_years_are_never(tmp_path, capsys):
    folder = write(tmp_path / "plant", {"supply_term": f"{TERM}1e9\n"})
    told, _ = planned(capsys, folder)
    assert told["demands"][0]["is_late"]
    assert told["demands"][0]["ready_at"] is None
    assert "before the year 1" in told["demands"][0]["cause"]
    assert planned(capsys, folder, "--finite")[0]["deliveries"][0]["delivered_at"] is None


def test_what_has_to_be_assumed_is_said_by_both_plans(tmp_path, capsys):
    folder = write(tmp_path / "plant", {"supply_term": "supplier,item,site\n"})
    rules = {one["rule"] for one in planned(capsys, folder)[0]["summary"]["findings"]["findings"]}
    finite = {one["rule"] for one in planned(capsys, folder, "--finite")[0]["findings"]}
    assert "a bought item has a supply term" in rules & finite


def test_lots_may_be_fractions(tmp_path, capsys):
    """Of 0.3 wanted, lots of 0.1; the half that is needed of castings in lots of 0.35 that are at least 0.7."""
    items = "code,kind,lead_time_days,lot_minimum,lot_multiple\nPUMP,make,0,0.1,0.1\nCAST,buy,3,0.7,0.35\n"
    changes = {"item": items, "stock": "item,site,quantity\n", "bill_line": f"{BILL}\nPUMP,CAST,1,2.6\n",
               "demand_line": DEMAND + "D1,PUMP,NORTH,0.3,2026-03-12\n"}  # fmt: skip
    told, _ = planned(capsys, write(tmp_path / "plant", changes))
    assert [round(one["quantity"], 9) for one in told["orders"]] == [0.3, 1.05]


def test_a_year_without_demand_is_an_empty_plan_at_every_door(tmp_path, capsys):
    folder = write(tmp_path / "plant", {"demand_line": DEMAND})
    told, _ = planned(capsys, folder)
    assert (told["orders"], told["demands"], told["actions"]) == ([], [], [])
    assert "something is wanted" in {one["rule"] for one in told["summary"]["findings"]["findings"]}
    assert planned(capsys, folder, "--finite")[0]["deliveries"] == []
    # What forecasting needs is missing, and is said.
    _, said = planned(capsys, folder, "--forecast", "4")
    assert "demand_history" in said
