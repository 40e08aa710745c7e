"""Read a shop-floor log: a CSV or Parquet file, and a map that says what its columns and values mean."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import polars as pl

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.shopfloor.engine.infer_result import LOG_COLUMNS, InferenceParams

MEANINGS = {
    "order": ("order", "orderid", "orderno", "workorder", "case", "caseid", "job", "jobid"),
    "activity": ("activity", "operation", "step", "task", "process"),
    "machine": ("machine", "resource", "workcentre", "workcenter", "equipment", "station"),
    "start": ("start", "startat", "startsat", "starttime", "starttimestamp", "begin", "from"),
    "end": ("end", "endat", "endsat", "endtime", "completetimestamp", "endtimestamp", "finish", "complete", "to"),
    "part": ("part", "item", "product", "partdesc", "partno", "material", "article"),
    "order_quantity": ("orderquantity", "workorderqty", "orderqty", "planned", "plannedquantity"),
    "worker": ("worker", "workerid", "operator", "person", "employee", "badge"),
    "kind": ("kind", "reporttype", "type", "state", "event"),
    "good": ("good", "qtycompleted", "completed", "quantity", "qty", "goodquantity", "ok"),
    "scrap": ("scrap", "qtyrejected", "rejected", "scrapped", "nok"),
    "review": ("review", "qtyformrb", "mrb", "onhold"),
    "rework": ("rework", "isrework"),
}
"""What a log's columns may mean, and the names (letters only, lower case) by which they are recognised."""

NEEDED = ("order", "activity", "machine", "start", "end")
KIND_WORDS = {
    "run": ("run", "d", "production", "produce", "process", "work"),
    "setup": ("setup", "s", "set-up", "changeover"),
    "down": ("down", "b", "breakdown", "failure", "stop", "fault"),
}
TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
)
"""Formats that are tried when the map gives none; those that could mean two dates are left to the map."""

YES = ("y", "yes", "true", "1", "x")
SECTIONS = {"columns", "values", "time", "plant"}
PLANT_KEYS = {"site", "open_share", "promise", "people_bind", "min_breakdowns"}
MOMENT = pl.Datetime("us", "UTC")


@dataclass(frozen=True, slots=True)
class LogMap:
    """What a log's columns and values mean.

    Parameters
    ----------
    columns
        The log's column by meaning (`MEANINGS`); what is missing is guessed from the names.
    kinds
        "run", "setup" or "down" by the value that the log has.
    rework_values
        Values of the rework column that mean yes.
    time_format
        Format of the times; None = one of `TIME_FORMATS`.
    time_zone
        Time zone of the times that name none, and of the plant.
    plant
        Options of the inference: site, open_share, promise, people_bind, min_breakdowns.
    """

    columns: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    rework_values: tuple[str, ...] = YES
    time_format: str | None = None
    time_zone: str = "UTC"
    plant: dict[str, Any] = field(default_factory=dict)

    def params(self, **overrides: Any) -> InferenceParams:
        """Return the options of the inference; overrides that are None don't count.

        Raises
        ------
        InputError
            When an option is outside its bounds.
        """
        given = self.plant | {name: value for name, value in overrides.items() if value is not None}
        try:
            return InferenceParams(time_zone=self.time_zone, **given)
        except (TypeError, ValueError) as error:
            raise InputError(Finding("map, section plant", str(error), "Correct the option")) from error


def read_map(path: Path | None) -> LogMap:
    """Read a map from a TOML or JSON file; without a file everything is guessed.

    Raises
    ------
    InputError
        With every finding: no such file, not TOML or JSON, unknown sections, meanings, kinds or time zones.
    """
    if path is None:
        return LogMap()
    place = path.name
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise InputError(Finding(place, "the map can be read", "Give the path of a TOML or JSON file")) from error
    except ValueError as error:
        rule = f"the map is TOML, or JSON when its name ends so: {error}"
        raise InputError(Finding(place, rule, "Correct it at that place")) from error
    findings = Findings()
    columns = _words(content, "columns", set(MEANINGS), place, findings)
    plant = _words(content, "plant", PLANT_KEYS, place, findings)
    times = _words(content, "time", {"format", "zone"}, place, findings)
    values = _words(content, "values", {"kind", "rework"}, place, findings)
    for section in sorted(set(content) - SECTIONS):
        rule = f"a section is one of {', '.join(sorted(SECTIONS))}"
        findings.add(Finding(place, rule, "Rename or remove it", value=section))
    kinds = {str(key): str(word) for key, word in dict(values.get("kind", {})).items()}
    for key, word in kinds.items():
        if word not in KIND_WORDS:
            rule = "a kind of report means run, setup or down"
            findings.add(Finding(place, rule, "Use one of the three words", column=f"values.kind.{key}", value=word))
    zone = str(times.get("zone", "UTC"))
    if zone not in available_timezones():
        findings.add(
            Finding(place, "a time zone is in the IANA data base", "Write one such as Europe/Berlin", None, None, zone)
        )
    findings.raise_on_errors()
    rework = values.get("rework", YES)
    rework_values = tuple(str(word).lower() for word in ([rework] if isinstance(rework, str) else rework))
    named = {str(meaning): str(column) for meaning, column in columns.items()}
    return LogMap(named, kinds, rework_values, times.get("format"), zone, dict(plant))


def _words(content: dict[str, Any], section: str, known: set[str], place: str, findings: Findings) -> dict[str, Any]:
    found = content.get(section, {})
    if not isinstance(found, dict):
        findings.add(Finding(place, "a section holds names and values", f"Write [{section}]", value=section))
        return {}
    for name in sorted(set(found) - known):
        rule = f"[{section}] knows {', '.join(sorted(known))}"
        findings.add(Finding(place, rule, "Rename or remove it", value=name))
    return {name: value for name, value in found.items() if name in known}


def read_log(path: Path, meaning: LogMap) -> tuple[pl.DataFrame, Findings]:
    """Read a log as the frame that the inference asks for.

    Parameters
    ----------
    path
        A CSV or Parquet file with one row a report.
    meaning
        What its columns and values mean.

    Returns
    -------
    tuple[polars.DataFrame, Findings]
        Columns `LOG_COLUMNS`, in the file's order of rows, and notes on what was guessed or left out.

    Raises
    ------
    InputError
        With every finding: no such file, missing columns, times or numbers that are none, ends before starts, empty
        orders or machines, reports of an unknown kind.
    """
    raw = _read_texts(path)
    findings = Findings()
    columns = _find_columns(raw.columns, meaning, path.name, findings)
    findings.raise_on_errors()
    raw = raw.with_row_index("row", offset=2)
    texts = {name: pl.col(column).str.strip_chars() for name, column in columns.items()}
    start = _times(raw, texts["start"], columns["start"], meaning, path.name, findings)
    end = _times(raw, texts["end"], columns["end"], meaning, path.name, findings)
    numbers = {
        name: _numbers(raw, texts[name], columns[name], path.name, findings)
        for name in ("order_quantity", "good", "scrap", "review")
        if name in texts
    }
    for name in ("order", "activity", "machine"):
        _refuse_empty(raw, texts[name], columns[name], path.name, findings)
    kind = _kinds(raw, texts.get("kind"), columns.get("kind"), meaning, path.name, findings)
    part = texts.get("part", pl.lit("PART"))
    rework = texts["rework"].str.to_lowercase().is_in(meaning.rework_values) if "rework" in texts else pl.lit(False)
    worker = texts.get("worker", pl.lit(None, pl.String))
    log = raw.select(
        "row",
        texts["order"].alias("order"),
        pl.when(part == "").then(pl.lit("PART")).otherwise(part).fill_null("PART").alias("part"),
        texts["activity"].alias("activity"),
        texts["machine"].alias("machine"),
        pl.when(worker != "").then(worker).alias("worker"),
        rework.fill_null(False).alias("is_rework"),
    ).with_columns(
        start.alias("starts_at"),
        end.alias("ends_at"),
        kind.alias("kind"),
        numbers.get("order_quantity", pl.Series([None], dtype=pl.Float64).new_from_index(0, raw.height)).alias(
            "order_quantity"
        ),
        *(
            numbers.get(name, pl.repeat(0.0, raw.height, eager=True)).fill_null(0.0).alias(name)
            for name in ("good", "scrap", "review")
        ),
    )
    backwards = log.filter(pl.col("ends_at") < pl.col("starts_at"))
    for row, ended in backwards.select("row", pl.col("ends_at").cast(pl.String)).iter_rows():
        rule = "a report ends at or after its start"
        findings.add(Finding(path.name, rule, "Correct the times", int(row), columns["end"], ended))
    findings.raise_on_errors()
    return log.select([pl.col(name).cast(dtype) for name, dtype in LOG_COLUMNS.items()]), findings


def _read_texts(path: Path) -> pl.DataFrame:
    remedy = "Give the path of a CSV or Parquet file in UTF-8"
    try:
        if path.suffix.lower() == ".parquet":
            frame = pl.read_parquet(path).select(pl.all().cast(pl.String))
        else:
            frame = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(Finding(path.name, f"the log can be read: {str(error).splitlines()[0]}", remedy)) from error
    if not frame.height:
        raise InputError(Finding(path.name, "a log has at least one row", remedy))
    return frame


def _find_columns(names: list[str], meaning: LogMap, place: str, findings: Findings) -> dict[str, str]:
    """Find the column of each meaning: as the map says, else by its name."""
    found: dict[str, str] = {}
    guessed: list[str] = []
    for name, column in meaning.columns.items():
        if column in names:
            found[name] = column
        else:
            rule = f"the log has the columns that the map names; it has {', '.join(names)}"
            findings.add(Finding(place, rule, "Correct [columns] in the map", column=name, value=column))
    letters = {re.sub(r"[^a-z]", "", name.lower()): name for name in names}
    for name, words in MEANINGS.items():
        free = [letters[word] for word in words if word in letters and letters[word] not in found.values()]
        if name not in meaning.columns and free:
            found[name] = free[0]
            guessed.append(f"{name} = {free[0]!r}")
    if guessed:
        rule = f"columns were taken by their names: {', '.join(guessed)}"
        findings.add(Finding(place, rule, "Say otherwise in [columns] of the map", severity="note"))
    for name in NEEDED:
        if name not in found and name not in meaning.columns:
            rule = f"a log tells the {name}; its columns are {', '.join(names)}"
            findings.add(Finding(place, rule, f'Write [columns] {name} = "..." in the map', column=name))
    return found


def _times(raw: pl.DataFrame, text: pl.Expr, column: str, meaning: LogMap, place: str, findings: Findings) -> pl.Series:
    """Read times; those that name no zone are local, and one in a skipped hour is an hour later."""
    given = raw.select(text.alias("text"))["text"]
    best: pl.Series | None = None
    for form in (meaning.time_format,) if meaning.time_format else TIME_FORMATS:
        if "%z" in form or "%#z" in form:
            read = given.str.to_datetime(form, strict=False, time_unit="us").dt.convert_time_zone("UTC")
        else:
            local = given.str.to_datetime(form, strict=False, time_unit="us")
            read = _to_utc(local, meaning.time_zone)
        if best is None or read.null_count() < best.null_count():
            best = read
        if not best.null_count():
            break
    assert best is not None
    best = best.cast(MOMENT)
    wrong = raw.select("row", text.alias("text")).filter(best.is_null())
    shown = meaning.time_format or "year-month-day hour:minute:second"
    for row, value in wrong.iter_rows():
        rule = f"a time is written as {shown}"
        findings.add(Finding(place, rule, "Correct it, or [time] in the map", int(row), column, value))
    return best


def _to_utc(local: pl.Series, time_zone: str) -> pl.Series:
    """Turn local times into UTC; clocks on the floor are not always put forward in the night that skips an hour."""
    zoned = local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    later = (local + timedelta(hours=1)).dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    return zoned.fill_null(later).dt.convert_time_zone("UTC")


def _numbers(raw: pl.DataFrame, text: pl.Expr, column: str, place: str, findings: Findings) -> pl.Series:
    given = raw.select(text.alias("text"))["text"]
    read = given.cast(pl.Float64, strict=False)
    bad = (given.is_not_null() & (given != "") & (read.is_null() | ~read.is_finite())) | (read < 0)
    for row, value in raw.select("row", text.alias("text")).filter(bad.fill_null(False)).iter_rows():
        findings.add(Finding(place, "a quantity is a number, zero or more", "Correct it", int(row), column, value))
    return read


def _refuse_empty(raw: pl.DataFrame, text: pl.Expr, column: str, place: str, findings: Findings) -> None:
    for (row,) in raw.filter(text.is_null() | (text == "")).select("row").iter_rows():
        findings.add(Finding(place, "a required cell is filled in", "Fill it in", int(row), column))


def _kinds(
    raw: pl.DataFrame, text: pl.Expr | None, column: str | None, meaning: LogMap, place: str, findings: Findings
) -> pl.Series:
    """Translate the kind of each report; a log without such a column reports runs only."""
    if text is None:
        return pl.repeat("run", raw.height, dtype=pl.String, eager=True)
    words = {word: kind for kind, known in KIND_WORDS.items() for word in known}
    given = raw.select(text.fill_null("").alias("text"))["text"]
    table = {value: meaning.kinds.get(value, words.get(value.lower())) for value in given.unique().to_list()}
    for value in sorted(value for value, kind in table.items() if kind is None):
        rows = raw.filter(text.fill_null("") == value)["row"]
        rule = "the map says what each kind of report means"
        remedy = f'Write [values.kind] "{value}" = "run", "setup" or "down" in the map'
        findings.add(Finding(place, rule, remedy, int(rows[0]), column, value), times=rows.len())
    return given.replace_strict({value: kind or "run" for value, kind in table.items()}, return_dtype=pl.String)
