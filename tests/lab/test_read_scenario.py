"""Scenario files: what is wrong with one is said with its line, rule and remedy."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from drumbeat.basics.findings import InputError
from drumbeat.lab.engine.search_plans import list_worlds
from drumbeat.lab.locate_keys import find_line, locate_keys
from drumbeat.lab.read_scenario import (
    SHIPPED,
    check_text,
    describe_schema,
    list_shipped,
    read_scenario,
    read_shipped,
    read_text,
)
from drumbeat.lab.write_toml import write_toml

RECORD = read_text(SHIPPED / "record-quarter.toml")


def findings_of(text: str) -> list[tuple[int | None, str]]:
    """Line and rule of each error."""
    return [(one.row, one.rule) for one in check_text(text, "mine.toml")[1] if one.severity == "error"]


def line_of(words: str, nth: int = 0) -> int:
    """Line of the shipped file, 1 first, that begins with these words."""
    return [n for n, line in enumerate(RECORD.splitlines(), 1) if line.startswith(words)][nth]


@pytest.mark.parametrize("name", list_shipped())
def test_shipped_scenarios_are_right(name: str) -> None:
    scenario, findings = check_text(read_text(SHIPPED / f"{name}.toml"), name)
    assert scenario is not None
    assert not list(findings)
    assert scenario.code == name
    assert 6 <= len(scenario.decisions) <= 8
    assert len(scenario.stakeholders) >= 3
    assert sum(chance for _, chance in list_worlds(scenario)) == pytest.approx(1.0)
    assert {one.shows for one in scenario.information} <= {one.code for one in scenario.hidden}


def test_there_are_eight() -> None:
    assert len(list_shipped()) == 8


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("machines = 2\n", "machines = 0\n", line_of("machines = 2"), "machines: 1 to 200"),
        ("machines = 2\n", 'machines = "two"\n', line_of("machines = 2"), "this is a number"),
        ("mtbf = 55\n", "mtfb = 55\n", line_of("mtbf = 55"), "has the keys"),
        ('skill = "SMITH"\n', 'skill = "SMYTH"\n', line_of('skill = "SMITH"'), "a skill is one of SMITH"),
        ('period = "quarter"', 'period = "week"', line_of("period ="), "one of month, quarter"),
        ('shows = "press-backlog"', 'shows = "other"', line_of('shows = "press-backlog"'), "a hidden thing is one of"),
        ("value = 1700, chance = 0.35", "value = 1700, chance = 0.9", line_of("levels = ["), "add up to 1"),
        ("round = 2\n", "round = 1\n", line_of("round = 2"), "one decision"),
        ("is_default = true\n", "", line_of("[[decisions]]"), "when nothing is decided"),
        ('"group.FORGE.setup"', '"group.FORGE.colour"', line_of('changes = [ { parameter = "group.FORGE.setup"'),
         "such a parameter"),
        ('code = "owner"', 'code = "king"', line_of('code = "owner"'), "one of finance, engineering"),
        ('checks = ["evidence", "affordable"]', 'checks = ["luck"]', line_of('checks = ["evidence", "affordable"]'),
         "rule of the defence"),
        ('title = "The record quarter"', 'title = ""', line_of("title ="), "not empty"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_told_with_its_line(old: str, new: str, line: int, rule: str) -> None:
    assert old in RECORD
    found = findings_of(RECORD.replace(old, new, 1))
    assert (line, True) in [(row, rule in told) for row, told in found]


def test_all_findings_come_at_once() -> None:
    broken = RECORD.replace("mtbf = 55", "mtbf = -1").replace('level = "manager"', 'level = "king"')
    assert len(findings_of(broken)) == 2


@pytest.mark.parametrize(
    "text", ["", "a = ", "[company]\n[company]", "[[company]]", "decisions = 3", "\x00", "a = 1979-05-27", "[" * 5000]
)
def test_what_is_no_scenario_is_findings_not_an_exception(text: str) -> None:
    scenario, findings = check_text(text, "mine.toml")
    assert scenario is None
    assert findings.has_errors


def test_a_syntax_error_has_its_line() -> None:
    assert findings_of('code = "x"\ntitle = \n')[0][0] == 2


def test_files_that_cannot_be_read_are_findings(tmp_path: Path) -> None:
    for name in ("none.toml", "."):
        with pytest.raises(InputError):
            read_scenario(tmp_path / name)
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError):
        read_scenario(tmp_path / "bytes.toml")


def test_keys_are_found_again_under_headers_in_arrays_and_after_long_texts() -> None:
    text = 'a = """\nb = 1\n"""\n[[x]]\nc = [\n  1,\n  2,\n]\n[[x]]\n[[x.y]]\nd = 1\n'
    lines = locate_keys(text)
    assert tomllib.loads(text)["x"][1]["y"][0]["d"] == 1
    assert lines["x", 0, "c", 1] == 7
    assert lines["x", 1, "y", 0, "d"] == 11
    assert ("b",) not in lines
    assert find_line(lines, ("x", 1, "y", 0, "z", 3)) == 10


def test_schema_tells_units_bounds_and_what_is_required() -> None:
    schema = describe_schema()
    group = schema["$defs"]["Group"]
    assert group["properties"]["mtbf"]["minimum"] == 1
    assert "[h]" in group["properties"]["mttr"]["description"]
    assert "hours" in group["required"]
    assert "mtbf" not in group["required"]
    assert schema["$defs"]["Wager"]["properties"]["figure"]["enum"][0] == "on_time"


def test_what_is_written_as_toml_is_read_back() -> None:
    data = {"a": 'x "y"\nü', "b": [1.5, 2], "c": True, "company": {"d": 1, "groups": [{"e": "f", "steps": [{"g": 1}]}]}}
    assert tomllib.loads(write_toml(data)) == data


def test_equal_names_give_the_same_scenario() -> None:
    assert read_shipped("five-plans") is read_shipped("five-plans")
    with pytest.raises(InputError, match="shipped are"):
        read_scenario("no-such")
