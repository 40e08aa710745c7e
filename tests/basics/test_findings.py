"""Findings say what is wrong so that its owner can mend it."""

from __future__ import annotations

import pytest

from drumbeat.basics.findings import SHOWN_PER_RULE, Finding, Findings, InputError
from drumbeat.basics.progress import part_of


def make(row: int, severity: str = "error") -> Finding:
    return Finding("item.csv", "a lot is above zero", "Enter 1 or more", row, "lot_minimum", "0", severity)  # type: ignore[arg-type]


def test_a_finding_reads_as_a_sentence() -> None:
    assert str(make(3)) == "item.csv, row 3, column lot_minimum: a lot is above zero (found '0'). Enter 1 or more."


def test_findings_are_capped_but_counted() -> None:
    found = Findings()
    found.extend(make(row) for row in range(SHOWN_PER_RULE + 10))
    assert (len(found), found.count, found.num_errors) == (SHOWN_PER_RULE, SHOWN_PER_RULE + 10, SHOWN_PER_RULE + 10)


def test_one_finding_may_stand_for_many_rows() -> None:
    found = Findings()
    found.add(make(2), times=7)
    assert (len(found), found.count) == (1, 7)


def test_warnings_stop_nothing() -> None:
    found = Findings()
    found.add(make(2, "warning"))
    found.raise_on_errors()
    assert found
    assert not found.has_errors


def test_errors_stop_and_carry_everything() -> None:
    first, second = Findings(), Findings()
    first.add(make(2))
    second.add(make(3))
    first.merge(second)
    with pytest.raises(InputError, match="row 2") as caught:
        first.raise_on_errors()
    assert caught.value.findings.count == 2
    assert caught.value.findings.as_json()["errors"] == 2


def test_a_step_reports_its_part_of_the_whole() -> None:
    heard: list[float] = []
    step = part_of(lambda fraction, message: heard.append(fraction), 0.5, 0.7)
    for fraction in (0.0, 0.5, 1.0, 3.0):
        step(fraction, "")
    assert heard == pytest.approx([0.5, 0.6, 0.7, 0.7])
