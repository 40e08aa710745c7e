"""Each rule of the check finds what breaks it, names the place, and finds nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from django.db.models import CheckConstraint, F, Q

from drumbeat.basics.findings import SHOWN_PER_RULE
from drumbeat.data.check_conditions import describe, translate
from drumbeat.data.check_frames import check_frames
from drumbeat.data.places import Place
from drumbeat.data.schema import schemas
from tests.data.examples import Frames, example_frames, make_frame, with_row, with_value

Spoil = Callable[[Frames], Frames]


def test_the_examples_break_no_rule() -> None:
    assert check_frames(example_frames()).count == 0


def test_nothing_at_all_breaks_no_rule() -> None:
    assert check_frames({}).count == 0


BROKEN: list[tuple[str, Spoil, str, int | None, str | None, str | None, str]] = [
    # what, how, place, row, column, value, a word of rule and remedy together
    ("null", lambda f: with_value(f, "order", site=None), "order", 2, "site", None, "required"),
    ("blank text", lambda f: with_value(f, "revision", label=" "), "revision", 2, "label", None, "required"),
    ("low", lambda f: with_value(f, "order", quantity=-1.0), "order", 2, "quantity", "-1.0", "at least 0"),
    ("high", lambda f: with_value(f, "bill_line", scrap=1.0), "bill_line", 2, "scrap", "1.0", "at most 0.99"),
    ("low money", lambda f: with_value(f, "item", cost=Decimal("-0.0001")), "item", 2, "cost", "-0.0001", "at least 0"),
    ("infinite", lambda f: with_value(f, "order", priority=float("inf")), "order", 2, "priority", "inf", "finite"),
    ("no number", lambda f: with_value(f, "order", priority=float("nan")), "order", 2, "priority", "nan", "finite"),
    ("long", lambda f: with_value(f, "item", unit="x" * 21), "item", 2, "unit", "x" * 21, "at most 20 characters"),
    ("control", lambda f: with_value(f, "item", name="a\x07"), "item", 2, "name", "a\x07", "control"),
    ("padded", lambda f: with_row(f, "skill", code=" a"), "skill", 3, "code", " a", "something other than a space"),
    ("zone", lambda f: with_value(f, "site", time_zone="Mars"), "site", 2, "time_zone", "Mars", "Europe/Berlin"),
    ("money", lambda f: with_value(f, "site", currency="eur"), "site", 2, "currency", "eur", "three capital"),
    ("twice", lambda f: with_row(f, "skill"), "skill", 3, "code", "SKILL-01", "once"),
    ("pair twice", lambda f: with_row(f, "stock", quantity=3.0), "stock", 3, None, "ITEM-01 / SITE-01", "item + site"),
    ("sequence", lambda f: with_row(f, "operation", code="O2"), "operation", 3, None, "ROUTING-01 / 1", "sequence"),
    ("unknown", lambda f: with_value(f, "stock", item="ITEM-O1"), "stock", 2, "item", "ITEM-O1", "'ITEM-01'"),
    ("case", lambda f: with_value(f, "stock", item="item 1"), "stock", 2, "item", "item 1", "'ITEM-01'"),
    (
        "ends before",
        lambda f: with_value(f, "booking", ends_at=datetime(2026, 1, 1, tzinfo=UTC)),
        "booking", 2, None, None, "ends_at is after starts_at",
    ),
    (
        "item in itself",
        lambda f: with_row(f, "bill_line", item="STEEL-01", component="ITEM-01", revision=None),
        "bill_line", None, None, "ITEM-01 > STEEL-01 > ITEM-01", "into itself",
    ),
    (
        "task waits",
        lambda f: with_row(f, "link", predecessor="TASK-02", successor="TASK-01"),
        "link", None, None, "TASK-01 > TASK-02 > TASK-01", "wait for itself",
    ),
    (
        "overlap",
        lambda f: with_row(f, "bill_line", position=20, valid_from=date(2026, 6, 1)),
        "bill_line", 3, None, None, "valid at a time",
    ),
    (
        "two prices",
        lambda f: with_row(f, "supply_term", position=2),
        "supply_term", 3, None, None, "valid at a time",
    ),
    ("closed", lambda f: f | {name: f[name].clear() for name in ("calendar_shift", "calendar_exception")},
     "calendar", 2, "code", "CALENDAR-01", "opens"),
    (
        "capability",
        lambda f: with_value(
            f | {"operation_resource": f["operation_resource"].clear()}, "operation", capability="lathe"
        ),
        "operation", 2, "capability", None, "resource",
    ),
    (
        "nobody",
        lambda f: with_value(
            f | {name: f[name].clear() for name in ("operation_resource", "crew_need")}, "operation", capability=""
        ),
        "operation", 2, "code", "OPERATION-01", "who does it",
    ),
    (
        "another's routing",
        lambda f: with_row(f, "order", code="W2", item="STEEL-01"),
        "order", 3, "item", "STEEL-01, but routing ROUTING-01 has item ITEM-01", "that of the routing",
    ),
    ("level", lambda f: with_value(f, "person_skill", level=1), "crew_need", 2, "skill", None, "enough people"),
    ("people", lambda f: with_value(f, "crew_need", num_people=2), "crew_need", 2, "skill", None, "enough people"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "place", "row", "column", "value", "words"), [case[1:] for case in BROKEN],
                         ids=[case[0] for case in BROKEN])  # fmt: skip
def test_a_broken_rule_is_found_where_it_is_broken(
    spoil: Spoil, place: str, row: int | None, column: str | None, value: str | None, words: str
) -> None:
    findings = check_frames(spoil(example_frames()))
    errors = [finding for finding in findings if finding.severity == "error"]
    assert len(errors) == 1, [str(finding) for finding in errors]
    found = errors[0]
    assert (found.place, found.column) == (place, column)
    assert row is None or found.row == row
    assert value is None or found.value == value
    assert words in f"{found.rule}. {found.remedy}"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: f | {"routing": f["routing"].clear()} | {
            name: f[name].clear() for name in ("operation", "operation_resource", "crew_need")
        } | {"order": f["order"].with_columns(routing=pl.lit(None, pl.String)),
             "task": f["task"].with_columns(operation=pl.lit(None, pl.String)),
             "characteristic": f["characteristic"].with_columns(operation=pl.lit(None, pl.String)),
             "production_report": f["production_report"].with_columns(operation=pl.lit(None, pl.String))},
         "made has a routing"),
        (lambda f: with_row(f, "item", code="B", kind="buy", lead_time_days=0.0), "bought has supply terms"),
        (lambda f: with_row(f, "calendar", code="UNUSED"), "opens"),
    ],
)  # fmt: skip
def test_what_can_be_mended_later_is_a_warning(spoil: Spoil, words: str) -> None:
    findings = check_frames(spoil(example_frames()))
    assert not findings.has_errors, [str(finding) for finding in findings]
    assert any(words in finding.rule for finding in findings)


def test_a_component_may_stand_at_two_positions_of_a_bill() -> None:
    frames = example_frames()
    undated = {"valid_from": None, "valid_to": None}
    frames = with_row(with_value(frames, "bill_line", **undated), "bill_line", position=20, **undated)
    assert check_frames(frames).count == 0


def test_touching_days_do_not_overlap() -> None:
    frames = with_value(example_frames(), "supply_term", valid_from=None, valid_to=date(2026, 5, 31))
    assert (
        check_frames(with_row(frames, "supply_term", position=2, valid_from=date(2026, 6, 1), valid_to=None)).count == 0
    )
    assert check_frames(with_row(frames, "supply_term", position=2, valid_from=date(2026, 5, 31))).num_errors == 1


def test_a_long_cycle_is_named_and_two_cycles_are_two_findings() -> None:
    codes = [f"T{number:02}" for number in range(20)]
    frames = example_frames()
    for code in codes:
        frames = with_row(frames, "task", code=code)
    links = [*zip(codes[:18], [*codes[1:18], codes[0]], strict=True), ("T18", "T19"), ("T19", "T18"), ("T00", "T19")]
    frames["link"] = make_frame("link", [{"predecessor": a, "successor": b} for a, b in links])
    errors = check_frames(frames).shown
    assert len(errors) == 2
    assert "T00 > T01" in str(errors[0].value)
    assert str(errors[0].value).endswith("T17 > T00")
    assert errors[1].value == "T19 > T18 > T19"


def test_all_findings_come_at_once_capped_with_true_counts() -> None:
    frames = example_frames()
    rows = [{"code": f"S{number}", "site": f"NOWHERE{number}"} for number in range(1000)]
    frames["cost_centre"] = pl.concat([frames["cost_centre"], make_frame("cost_centre", rows)])
    frames = with_value(frames, "order", quantity=-1.0)
    findings = check_frames(frames)
    assert findings.num_errors == 1001
    assert len(findings) == SHOWN_PER_RULE + 1


def test_rows_are_counted_as_the_place_counts_them() -> None:
    frames = with_row(example_frames(), "skill", code=" b")
    places = {"skill": Place("skills.csv", pl.Series([7, 12]))}
    found = check_frames(frames, places).shown[0]
    assert (found.place, found.row) == ("skills.csv", 12)
    places = {"skill": Place("skills.csv", pl.Series([7, None]))}
    found = check_frames(frames, places).shown[0]
    assert (found.place, found.row) == ("skills.csv (stored)", None)


def test_every_condition_of_every_model_can_be_translated_and_said() -> None:
    count = 0
    for schema in schemas().values():
        for rule in schema.model._meta.constraints:
            if isinstance(rule, CheckConstraint):
                schema.empty().select(translate(rule.condition))
                assert describe(rule.condition, schema)
                count += 1
    assert count > 5


def test_conditions_are_judged_as_sql_judges_them() -> None:
    frame = pl.DataFrame({"a": [1, 2, None, 3], "b": [2, 2, 2, None]})
    condition = ~(Q(a__gte=F("b")) & Q(b__in=[2, 5])) | Q(a__isnull=True) | Q(a=3)
    assert frame.select(translate(condition)).to_series().to_list() == [True, False, True, True]
    with pytest.raises(NotImplementedError, match="contains"):
        translate(Q(a__contains="x"))


def test_a_program_that_passes_wrong_types_hears_of_it() -> None:
    with pytest.raises(TypeError, match=r"item\.code is Int64"):
        check_frames({"item": pl.DataFrame({"code": [1]})})
    with pytest.raises(KeyError, match="colour"):
        check_frames({"item": pl.DataFrame({"colour": ["red"]})})
