"""Files that somebody got wrong: each is told with its line and rule, and none stops the reader."""

from __future__ import annotations

import tomllib

import pytest

from drumbeat.lab.read_scenario import SHIPPED, check_text, read_text

RECORD = read_text(SHIPPED / "record-quarter.toml")


def errors_of(text: str) -> list[tuple[int | None, str, str]]:
    """Line, rule and remedy of each error."""
    scenario, findings = check_text(text, "mine.toml")
    found = [(one.row, one.rule, one.remedy) for one in findings if one.severity == "error"]
    assert (scenario is None) == bool(found)
    return found


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("machines = 2\n", "machines = nan\n", "this is a number"),
        ("machines = 2\n", "machines = inf\n", "this is a number"),
        ("machines = 2\n", "machines = true\n", "this is a number"),
        ("machines = 2\n", "machines = [2]\n", "this is a number"),
        ("machines = 2\n", "machines = 1e300\n", "at most 18 digits"),
        ("machines = 2\n", f"machines = {'9' * 400}\n", "this is a number"),
        ("machines = 2\n", "machines = 2026-01-05\n", "this is a number"),
        ("machines = 2\n", "machines = 2\nmachines = 3\n", "Cannot overwrite a value"),
        ("round = 2\n", "round = 2.5\n", "this is a whole number"),
        ("round = 2\n", 'round = "two"\n', "this is a whole number"),
        ('how = "scale"', 'how = "wave"', "this is one of add, scale, set"),
        ('period = "quarter"', "period = 3", "this is a text"),
        ('code = "owner"', 'code = ""', "this is one of"),
        ('title = "The record quarter"', 'title = "   "', "not empty"),
        ('code = "record-quarter"', 'code = "../../etc"', "a code has 1 to 60"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_line(old: str, new: str, rule: str) -> None:
    assert old in RECORD
    at = RECORD.index(old)
    line = RECORD[:at].count("\n") + 1
    found = errors_of(RECORD[:at] + new + RECORD[at + len(old) :])
    rows = [row for row, told, _ in found if rule in told]
    # What is defined twice is found at its second line.
    assert rows, found
    assert rows[0] in (line, line + new.count("\n") - 1)
    assert all(remedy for _, _, remedy in found)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "a = " + "9" * 5000,
        "a = " + "[" * 300 + "]" * 300,
        "\ufeff" + RECORD,
        RECORD.replace("=", "==", 1),
        RECORD[: len(RECORD) // 2],
        "[[decisions]]\n" * 2000,
        "company = []\nhidden = {}\ndecisions = [1, 2]\n",
    ],
    ids=["one word", "huge number", "deep", "byte order mark", "two signs", "half a file", "many", "wrong kinds"],
)
def test_what_is_no_scenario_at_all_is_findings(text: str) -> None:
    assert errors_of(text)


def test_an_empty_list_and_a_missing_table_are_told() -> None:
    at = RECORD.index("[[stakeholders]]")
    rules = [rule for _, rule, _ in errors_of(RECORD[:at])]
    assert any("stakeholders is given" in rule for rule in rules)


MORE = [
    ("an event changes an unknown machine", "[[events]]", "changes = [", 'parameter = "product.',
     'parameter = "product.NOSUCH', "such a parameter"),
    ("evidence nobody can have", "[[stakeholders]]", "accepts = [", "accepts = [", 'accepts = ["oracle", ',
     "a kind of evidence is one of"),
    ("evidence for no option", "[[information]]", "supports = [", "supports = [", 'supports = ["order.none", ',
     "evidence speaks for or against an option"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "key", "old", "new", "rule"), [one[1:] for one in MORE], ids=[o[0] for o in MORE])
def test_a_reference_to_nothing_is_told_with_its_line(table: str, key: str, old: str, new: str, rule: str) -> None:
    at = RECORD.index(old, RECORD.index(key, RECORD.index(table)))
    line = RECORD[:at].count("\n") + 1
    found = errors_of(RECORD[:at] + new + RECORD[at + len(old) :])
    rows = [row for row, told, _ in found if rule in told]
    assert rows, found
    assert rows[0] is not None
    assert abs(rows[0] - line) <= 3, "the line, or that of the list that it stands in"


def test_options_that_stand_on_each_other_are_told() -> None:
    """A cycle needs an option that stands on one of its own or of a later round: neither is allowed."""
    at = RECORD.index("[[decisions.options]]") + len("[[decisions.options]]\n")
    first = RECORD.index("[[decisions]]")
    code = tomllib.loads(RECORD)["decisions"][0]
    for before in (f"{code['code']}.{code['options'][0]['code']}", "last.carry", "no.where"):
        found = errors_of(f'{RECORD[:at]}after = ["{before}"]\n{RECORD[at:]}')
        told = [(row, remedy) for row, rule, remedy in found if "of an earlier round" in rule or "stands on" in rule]
        assert told, (before, found)
        assert told[0][0] is not None
        assert told[0][0] > RECORD[:first].count("\n")


def test_a_decision_without_options_is_told() -> None:
    begin = RECORD.index("[[decisions.options]]")
    end = RECORD.index("[[decisions]]", begin)
    found = errors_of(RECORD[:begin] + RECORD[end:])
    line = RECORD[: RECORD.index("[[decisions]]")].count("\n") + 1
    assert any(row == line and "options is given" in rule for row, rule, _ in found), found
