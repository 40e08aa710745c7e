"""From text, or from whatever a file holds, to the types of the schema; every cell that cannot be read is a finding."""

from __future__ import annotations

import re

import polars as pl

from drumbeat.basics.findings import Findings
from drumbeat.data.places import Place, add_rows
from drumbeat.data.schema import MOMENT, MONEY, Column

TRUE_WORDS = ("true", "yes", "1", "y", "t", "1.0")
FALSE_WORDS = ("false", "no", "0", "n", "f", "0.0")

MOMENT_FORMATS = (
    ("%Y-%m-%dT%H:%M:%S%.f%#z", True),
    ("%Y-%m-%d %H:%M:%S%.f%#z", True),
    ("%Y-%m-%dT%H:%M:%S%.f", False),
    ("%Y-%m-%d %H:%M:%S%.f", False),
    ("%Y-%m-%dT%H:%M%#z", True),
    ("%Y-%m-%d %H:%M%#z", True),
    ("%Y-%m-%dT%H:%M", False),
    ("%Y-%m-%d %H:%M", False),
)
"""Forms of a moment, and whether they name a zone; a moment without a zone is UTC."""

MIDNIGHT = r"[T ]00:00(:00(\.0+)?)?(Z|[+-]00:?00)?$"
GROUPED = r"^[+-]?\d{1,3}([,.'  ]\d{3})+([.,]\d+)?$|^[+-]?\d+,\d+$"


def cast_column(values: pl.Series, column: Column) -> tuple[pl.Series, pl.Series]:
    """Read the values of one column.

    Parameters
    ----------
    values
        Text, or any type that a Parquet file holds.
    column
        The column of the schema.

    Returns
    -------
    tuple
        The values in the column's type, null where empty or unreadable; and a Boolean for each row:
        the cell holds something that cannot be read.
    """
    if values.dtype == column.dtype and column.dtype != pl.String:
        return values, values.is_null() & False
    text = _as_text(values, column.dtype)
    if column.dtype == pl.String:
        if column.refers_to is None and column.name != "code":
            return text.str.replace_all("\r\n", "\n", literal=True), text.is_null() & False
        text = text.str.strip_chars()
        return text.set(text == "", None), text.is_null() & False
    text = text.str.strip_chars()
    text = text.set(text == "", None)
    read = _read_text(text, column)
    return read, text.is_not_null() & read.is_null()


def _as_text(values: pl.Series, target: pl.DataType) -> pl.Series:
    kind = values.dtype
    if kind == pl.String:
        return values
    if isinstance(kind, pl.Datetime):
        moments = values if kind.time_zone is None else values.dt.convert_time_zone("UTC")
        return moments.dt.cast_time_unit("us").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
    if isinstance(kind, pl.Float32 | pl.Float64) and target == pl.String:
        # A code column of whole numbers with empty cells arrives as floats: 10025.0 means "10025".
        whole = values.is_finite() & (values == values.round(0)) & (values.abs() < 1e15)
        return (
            values.set(~whole.fill_null(False), None)
            .cast(pl.Int64)
            .cast(pl.String)
            .zip_with(whole.fill_null(False), values.cast(pl.String))
        )
    if isinstance(kind, pl.Binary | pl.List | pl.Struct | pl.Array | pl.Object | pl.Duration):
        return pl.Series(values.name, [None if cell is None else str(cell) for cell in values], dtype=pl.String)
    return values.cast(pl.String)


def _read_text(text: pl.Series, column: Column) -> pl.Series:
    kind = column.dtype
    if isinstance(kind, pl.Enum):
        return _read_choice(text, column)
    if kind == pl.Boolean:
        lower = text.str.to_lowercase()
        is_true, is_false = lower.is_in(TRUE_WORDS), lower.is_in(FALSE_WORDS)
        return is_true.set(~(is_true | is_false), None)
    if kind == pl.Float64:
        return text.cast(pl.Float64, strict=False)
    if kind == pl.Int64:
        return _read_whole(text)
    if isinstance(kind, pl.Decimal):
        return _read_money(text)
    if kind == pl.Time:
        return _read_time(text)
    if kind == pl.Date:
        return text.str.replace(MIDNIGHT, "").str.to_date("%Y-%m-%d", strict=False)
    return _read_moment(text)


def _read_choice(text: pl.Series, column: Column) -> pl.Series:
    read = text.cast(column.dtype, strict=False)
    if (read.is_null() & text.is_not_null()).any():
        folded = text.str.to_lowercase().str.replace_all(r"[\s\-]+", "_")
        known = {choice.lower(): choice for choice in column.choices}
        read = folded.replace_strict(known, default=None, return_dtype=column.dtype)
    return read


def _read_whole(text: pl.Series) -> pl.Series:
    read = text.cast(pl.Int64, strict=False)
    if (read.is_null() & text.is_not_null()).any():
        number = text.cast(pl.Float64, strict=False)
        is_whole = (number.is_finite() & (number == number.round(0)) & (number.abs() < 2.0**53)).fill_null(False)
        whole = number.set(~is_whole, None).cast(pl.Int64)
        read = read.zip_with(read.is_not_null(), whole)
    return read


def _read_money(text: pl.Series) -> pl.Series:
    """Read money; more than four decimals are read only when they are the noise of a binary number."""
    is_plain = text.str.contains(r"^[+-]?(\d{1,14}(\.\d{0,4}0*)?|\.\d{1,4}0*)$").fill_null(False)
    read = text.set(~is_plain, None).cast(MONEY, strict=False)
    if (~is_plain & text.is_not_null()).any():
        number = text.set(is_plain, None).cast(pl.Float64, strict=False)
        rounded = (number * 10_000).round(0) / 10_000
        is_noise = rounded.is_finite() & (rounded.abs() < 1e14) & ((number - rounded).abs() <= number.abs() * 1e-12)
        cents = rounded.set(~is_noise.fill_null(False), None).cast(MONEY, strict=False)
        read = read.zip_with(read.is_not_null(), cents)
    return read


def _read_time(text: pl.Series) -> pl.Series:
    # Spreadsheets keep a time as a moment on the first day that they know.
    bare = text.str.replace(r"^(1899-12-3[01]|1900-01-0[01]|1904-01-01)[T ]", "")
    bare = bare.str.replace(r"^(\d):", "0$1:").str.replace(r"^(\d\d:\d\d)$", "$1:00")
    read = bare.str.to_time("%H:%M:%S%.f", strict=False)
    if (read.dt.nanosecond() % 1000 != 0).any():
        read = read.set(read.dt.nanosecond() % 1000 != 0, None)
    return read


def _read_moment(text: pl.Series) -> pl.Series:
    read = pl.Series(text.name, [None], dtype=MOMENT).new_from_index(0, len(text))
    for form, has_zone in MOMENT_FORMATS:
        rest = (read.is_null() & text.is_not_null()).arg_true()
        if rest.is_empty():
            return read
        cells = text.gather(rest)
        moments = cells.str.to_datetime(
            form, time_unit="us", time_zone="UTC" if has_zone else None, strict=False, exact=True
        )
        read = _put(read, rest, moments if has_zone else moments.dt.replace_time_zone("UTC"))
    rest = (read.is_null() & text.is_not_null()).arg_true()
    if not rest.is_empty():
        days = text.gather(rest).str.to_date("%Y-%m-%d", strict=False)
        read = _put(read, rest, days.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    return read


def _put(values: pl.Series, indices: pl.Series, new: pl.Series) -> pl.Series:
    if len(indices) == len(values):
        return new
    return values.scatter(indices, new)


def add_unreadable(findings: Findings, place: Place, values: pl.Series, broken: pl.Series, column: Column) -> None:
    """Add a finding for each cell of a column that could not be read."""
    if not broken.any():
        return
    rule, remedy = explain_type(column)
    shown = [str(value) for value in values.filter(broken).head(50)]
    remedies = {}
    if column.dtype.is_numeric():
        remedies = {value: _explain_grouping(value) for value in shown if re.match(GROUPED, value.strip())}
    elif column.choices:
        from drumbeat.data.match_names import suggest_name

        close = {value: suggest_name(value, column.choices) for value in shown}
        remedies = {value: f"Did you mean {word!r}? {remedy}" for value, word in close.items() if word}
    add_rows(findings, place, broken, rule, remedy, column=column.name, values=values, remedies=remedies)


def _explain_grouping(value: str) -> str:
    bare = re.sub(r"[,'  ]", "", value.strip())
    if re.match(r"^[+-]?\d+,\d{1,2}$", value.strip()):
        bare = value.strip().replace(",", ".")
    return f"Write {bare}, with a point before decimals and nothing between thousands"


def explain_type(column: Column) -> tuple[str, str]:
    """Return the rule that a cell of this type follows, and the remedy when it does not."""
    kind = column.dtype
    if column.choices:
        return "the value is one of the words allowed", f"Write one of {', '.join(column.choices)}"
    if kind == pl.Boolean:
        return "the value is true or false", "Write true or false (yes, no, 1 and 0 are read as well)"
    if kind == pl.Float64:
        return "the value is a number", "Write digits, with a point before decimals and nothing between thousands"
    if kind == pl.Int64:
        return "the value is a whole number", "Write digits only, without decimals"
    if isinstance(kind, pl.Decimal):
        return (
            "the value is an amount of money with at most four decimals",
            "Write digits without a currency, with a point before at most four decimals",
        )
    if kind == pl.Time:
        return "the value is a time of day", "Write it as 06:00 or 06:00:00"
    if kind == pl.Date:
        return "the value is a day of the calendar", "Write it as year-month-day, such as 2026-03-02"
    return (
        "the value is a moment",
        "Write it as 2026-03-02T06:00:00+01:00; without a zone it is read as UTC",
    )
