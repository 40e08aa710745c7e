"""Hypothesis: production systems with the oddest values that the tables allow."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import strategies as st

from drumbeat.data.check_cells import LONGEST, is_blank_allowed
from drumbeat.data.convert_units import UNITS
from drumbeat.data.schema import Column, Schema, schemas
from tests.data.examples import Frames, example_frames, make_frame

SIGNS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="￾￿")
ODD_TEXTS = [
    "NULL", "null", "NA", "nan", "None", "0012", "1e5", "1.0", "true", "2026-03-02", "=1+1", "#1", "#", '"', '""', "'",
    "a,b", "a;b", "a|b", 'a"b', "\\N", "\\", "_x0041_", "&amp;", "<b>",
    "漢字", "🥁", "-", "+1", "@x", "%s", "?", "..",
]  # fmt: skip
CODES = st.one_of(st.sampled_from(ODD_TEXTS), st.text(SIGNS, min_size=1, max_size=12).map(str.strip)).filter(
    lambda code: code != "" and code == code.strip() and not code.isspace()
)
TEXTS = st.one_of(
    st.sampled_from(["", *ODD_TEXTS, "two\nlines", "\n", " padded ", "\ttab\t", "a\n\nb", "\n\n", " "]),
    st.text(st.one_of(SIGNS, st.sampled_from("\n\t")), max_size=20),
)
MOMENTS = st.one_of(
    st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)),  # noqa: DTZ001
    st.datetimes(min_value=datetime(1899, 1, 1), max_value=datetime(2100, 1, 1)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=0)
    ),
    st.sampled_from([datetime(2026, 3, 2), datetime(2026, 3, 2, 0, 0, 0, 1), datetime(1900, 2, 28)]),  # noqa: DTZ001
).map(lambda moment: moment.replace(tzinfo=UTC))
DAYS = st.one_of(st.dates(), st.sampled_from([date(1, 1, 1), date(1900, 2, 28), date(9999, 12, 31)]))
NUMBERS = st.floats(0.0001, 1e15, allow_nan=False, allow_infinity=False)
TIMES = st.floats(0.0001, LONGEST, allow_nan=False, allow_infinity=False)
ORDERED = {
    ("starts_at", "ends_at"): MOMENTS, ("starts_on", "ends_on"): DAYS, ("valid_from", "valid_to"): DAYS,
    ("made_on", "due_on"): DAYS, ("certified_from", "certified_until"): DAYS, ("earliest_start", "latest_start"): DAYS,
    ("release_at", "deadline_at"): MOMENTS, ("wait_minutes", "most_wait_minutes"): TIMES,
    ("lag_minutes", "most_lag_minutes"): TIMES, ("quantity", "storage_maximum"): NUMBERS,
}  # fmt: skip
RISING = ("effect_low", "effect_likely", "effect_high")
"""Shares that rise, 0 to 10."""
KEPT = {"change", "probability", "level", "minimum_level", "num_people", "capability", "is_open", "as_of",
        "delivery_days"}  # fmt: skip
"""Columns that decide whether the work can be done: they stay as they are."""


@st.composite
def odd_frames(draw: st.DrawFn) -> Frames:
    """Draw a production system: the example rows with odd codes and odd values, and a few items more."""
    frames = example_frames()
    old = sorted({code for frame in frames.values() if "code" in frame.columns for code in frame["code"]})
    new = draw(st.lists(CODES, min_size=len(old), max_size=len(old), unique=True))
    names = dict(zip(old, new, strict=True))
    odd = {name: draw(_odd_frame(schema, frames[name], names)) for name, schema in schemas().items()}
    return odd | {"item": draw(_more_items(odd["item"]))}


@st.composite
def _odd_frame(draw: st.DrawFn, schema: Schema, frame: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    rows = []
    for row in frame.rows(named=True):
        changed = {column.name: draw(_value(schema, column, row[column.name], names)) for column in schema.columns}
        for (start, end), kind in ORDERED.items():
            if start in row and end in row:
                changed[start], changed[end] = sorted(draw(st.lists(kind, min_size=2, max_size=2, unique=True)))
        if schema.name == "initiative_change":
            said = json.loads(row["change"])
            changed["change"] = json.dumps({key: names.get(value, value) for key, value in said.items()})
        if schema.name == "task" and changed["state"] in {"started", "done"}:
            changed["choice_group"] = ""  # Of a choice, one task at most is done.
        if schema.name == "substitute" and changed["use"] == "use_up":
            changed["used_in"] = None
        if RISING[0] in row:
            shares = draw(st.lists(st.floats(0.0, 10.0), min_size=3, max_size=3))
            changed |= dict(zip(RISING, sorted(shares), strict=True))
        if changed.get("most_campaign_hours") is not None and not changed["is_batch"]:
            changed["capacity"] = 1
        rows.append(changed)
    return make_frame(schema.name, rows)


@st.composite
def _more_items(draw: st.DrawFn, items: pl.DataFrame) -> pl.DataFrame:
    schema = schemas()["item"]
    taken = set(items["code"])
    codes = draw(st.lists(CODES.filter(lambda code: code not in taken), max_size=4, unique=True))
    rows = [
        {column.name: draw(_value(schema, column, None, {})) for column in schema.columns} | {"code": code}
        for code in codes
    ]
    return pl.concat([items, make_frame("item", rows)]) if rows else items


def _value(schema: Schema, column: Column, value: Any, names: dict[str, str]) -> st.SearchStrategy[Any]:
    if column.refers_to or column.name == "code":
        found = st.just(names.get(value, value))
        return st.one_of(found, st.none()) if column.is_nullable else found
    if column.name in KEPT or column.name in {"time_zone", "currency"}:
        return st.just(column.default if value is None else value)
    odd = _odd_value(schema, column)
    return st.one_of(odd, st.none()) if column.is_nullable else odd


def _odd_value(schema: Schema, column: Column) -> st.SearchStrategy[Any]:
    kind = column.dtype
    if column.choices:
        return st.sampled_from(column.choices)
    if kind == pl.String:
        texts = TEXTS.map(lambda text: text[: column.max_length])
        return texts if is_blank_allowed(schema, column.name) else texts.filter(lambda text: text.strip() != "")
    if kind == pl.Boolean:
        return st.booleans()
    if kind == pl.Int64:
        return st.integers(int(column.low or 0), int(column.high or 10**9))
    if kind == pl.Float64:
        is_time = UNITS.get(column.unit.lower(), ("", 0.0))[0] == "time"
        high = LONGEST if is_time and column.high is None else column.high
        low = -LONGEST if is_time and column.low is None else column.low
        return st.floats(low, high, allow_nan=False, allow_infinity=False)
    if isinstance(kind, pl.Decimal):
        least = 0 if column.low == 0 else -5 * 10**15
        return st.integers(least, 5 * 10**15).map(lambda units: Decimal(units).scaleb(-4))
    if isinstance(kind, pl.Datetime):
        return MOMENTS
    return DAYS if kind == pl.Date else st.one_of(st.times(), st.just(time(0, 0)))
