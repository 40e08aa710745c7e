"""Read the records of a frePPLe fixture (JSON) or workbook (one sheet an entity) into one plain form."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fastexcel

from drumbeat.basics.findings import Finding, Findings, InputError

DAY = 86_400
EXCEL_DAY_ZERO = datetime(1899, 12, 31, tzinfo=UTC)
"""Midnight that a bare time of day gets in a workbook."""

ENTITIES = {
    "salesorder": "demand",
    "distributionorder": "operationplan",
    "manufacturingorder": "operationplan",
    "purchaseorder": "operationplan",
    "deliveryorder": "operationplan",
}
THEIRS = {
    "location",
    "operationmaterial",
    "itemsupplier",
    "itemdistribution",
    "calendarbucket",
    "salesorder",
    "parameter",
}
OURS = {"site", "billline", "routing", "supplyterm", "demandline", "calendarshift"}
"""Sheets that only frePPLe has, and only this house."""

ORDER_TYPES = {
    "distributionorder": "DO",
    "manufacturingorder": "MO",
    "purchaseorder": "PO",
    "deliveryorder": "DLVR",
}
FIELDS = {
    "durationperunit": "durationper",
    "deliveryoperation": "operation",
    "fixedquantity": "quantityfixed",
    "minimumshipment": "minshipment",
    "maximumlateness": "maxlateness",
    "startdate": "startdate",
    "cost": "cost",
}
DATE_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
)


@dataclass
class Row:
    """One record: its fields by their plain names ("duration_per", "Duration per unit" -> "durationper")."""

    place: str
    number: int
    fields: dict[str, Any]
    findings: Findings
    are_numbers_days: bool = False

    def text(self, name: str) -> str:
        """Text of a field without spaces around it; "" when it is empty."""
        value = self.fields.get(name)
        return "" if value is None else str(value).strip()

    def wrong(self, name: str, rule: str, remedy: str) -> None:
        """Say that a field breaks a rule."""
        self.findings.add(Finding(self.place, rule, remedy, self.number, name, self.text(name)))

    def amount(self, name: str, default: float = 0.0) -> float:
        """Real number of a field; `default` when it is empty or, with a finding, when it is no number."""
        value = self.text(name)
        if not value:
            return default
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.wrong(name, "it is a number", "Write a number such as 2.5")
            return default
        return number

    def truth(self, name: str, default: bool) -> bool:
        """Whether a field says yes; `default` when it is empty."""
        value = self.text(name).lower()
        return default if not value else value in {"true", "1", "1.0", "yes"}

    def seconds(self, name: str) -> float:
        """Duration of a field in seconds; 0 when it is empty, or with a finding when it cannot be read.

        Understands numbers (seconds; days where the workbook's own parameter says so), "HH:MM:SS",
        "DD:HH:MM:SS", ISO 8601 ("P1DT2H"), and times of day as spreadsheets store them.
        """
        value = self.text(name)
        if not value:
            return 0.0
        found = parse_duration(value, self.are_numbers_days)
        if found is None or found < 0:
            self.wrong(name, "it is a duration of zero or more", "Write seconds, or hours:minutes:seconds")
            return 0.0
        return found

    def moment(self, name: str) -> datetime | None:
        """Moment of a field, read as UTC; None when it is empty, or with a finding when it cannot be read."""
        value = self.text(name)
        if not value:
            return None
        found = parse_moment(value)
        if found is None:
            self.wrong(name, "it is a date and time", "Write it as 2026-12-31 23:59:59")
        return found


@dataclass
class Book:
    """All records of a file, by entity."""

    place: str
    rows: dict[str, list[Row]]
    findings: Findings = field(default_factory=Findings)

    def __getitem__(self, entity: str) -> list[Row]:
        """Rows of an entity, in the order of the file; [] when there are none."""
        return self.rows.get(entity, [])

    def note(self, entity: str, rule: str, remedy: str, value: str | None = None) -> None:
        """Say aloud what is not carried over, or how it was understood."""
        place = f"{self.place}, {entity}"
        self.findings.add(Finding(place, rule, remedy, value=value, severity="note"))

    def parameter(self, name: str) -> str:
        """Value of a parameter; "" when it is not set."""
        for row in self["parameter"]:
            if row.text("name") == name:
                return row.text("value")
        return ""


def parse_duration(value: str, are_numbers_days: bool = False) -> float | None:
    """Read a duration in seconds; None when it is none."""
    if re.fullmatch(r"[-+]?\d*\.?\d+(e[-+]?\d+)?", value, re.IGNORECASE):
        return float(value) * (DAY if are_numbers_days else 1)
    if re.fullmatch(r"\d+(:\d+){1,3}(\.\d+)?", value):
        parts = [float(part) for part in value.split(":")]
        weights = {2: (3600, 60), 3: (3600, 60, 1), 4: (DAY, 3600, 60, 1)}[len(parts)]
        return sum(part * weight for part, weight in zip(parts, weights, strict=True))
    iso = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", value)
    if iso and len(value) > 1:
        return sum(int(part or 0) * weight for part, weight in zip(iso.groups(), (DAY, 3600, 60, 1), strict=True))
    moment = parse_moment(value)
    if moment is not None and moment.year <= 1970:
        return (moment - EXCEL_DAY_ZERO).total_seconds()
    return None


def parse_moment(value: str) -> datetime | None:
    """Read a moment as UTC; None when it is none."""
    plain = re.sub(r"\s*(AM|PM)$", "", re.sub(r"\s+", " ", value.strip()))
    for known in DATE_FORMATS:
        try:
            return datetime.strptime(plain.split(".")[0], known).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def parse_time_of_day(value: str, default: int) -> int:
    """Read a time of day in seconds since midnight; `default` when it is empty or cannot be read."""
    seconds = parse_duration(value) if value else None
    return default if seconds is None else int(seconds % DAY) if seconds > DAY else int(seconds)


def plain_name(name: str) -> str:
    """Bring the spellings of a name together: "maximum_calendar_id", "Maximum Calendar" -> "maximumcalendar"."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower().removesuffix("_id"))
    return FIELDS.get(plain, plain)


def plain_entity(name: str) -> str:
    """Bring the spellings of an entity together: "Calendar buckets", "input.calendarbucket" -> "calendarbucket"."""
    plain = re.sub(r"[^a-z0-9]", "", name.rsplit(".", 1)[-1].lower())
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else plain


def is_frepple(path: str | Path) -> bool:
    """Whether a file looks like one of frePPLe's: a .json, or a workbook with sheets that only frePPLe has."""
    path = Path(path)
    if path.suffix.lower() != ".xlsx" or not path.is_file():
        return path.suffix.lower() == ".json"
    try:
        sheets = {plain_entity(name) for name in fastexcel.read_excel(path).sheet_names}
    except fastexcel.FastExcelError:
        return False
    return bool(sheets & THEIRS) and not sheets & OURS


def read_records(path: str | Path) -> Book:
    """Read every record of a fixture or workbook.

    Raises
    ------
    InputError
        When the file is missing, is no JSON list of records, or is no workbook.
    """
    path = Path(path)
    book = Book(path.name, {})
    if not path.is_file():
        raise InputError(Finding(str(path), "the file exists", "Give the path of a .json or .xlsx file"))
    source = _read_workbook if path.suffix.lower() == ".xlsx" else _read_fixture
    for entity, row in source(path, book.findings):
        book.rows.setdefault(entity, []).append(row)
    if not book.rows:
        raise InputError(Finding(path.name, "it holds records of frePPLe", "Export it from frePPLe again"))
    return book


def _read_fixture(path: Path, findings: Findings) -> Iterator[tuple[str, Row]]:
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(Finding(path.name, "it is JSON", "Export it from frePPLe again", value=str(error))) from error
    if not isinstance(records, list):
        raise InputError(Finding(path.name, "it is a list of records", "Export it with frepplectl dumpdata"))
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict) or not isinstance(record.get("fields"), dict) or not record.get("model"):
            rule, remedy = "each record has a model and fields", "Export it with frepplectl dumpdata"
            findings.add(Finding(path.name, rule, remedy, number, value=str(record)[:80]))
            continue
        fields = {plain_name(name): value for name, value in record["fields"].items()}
        key = record.get("pk")
        if not isinstance(key, list | None):
            fields.setdefault("name", key)
            fields.setdefault("reference", key)
        entity = plain_entity(record["model"])
        yield entity, Row(f"{path.name}, {entity}", number, fields, findings)


def _read_workbook(path: Path, findings: Findings) -> Iterator[tuple[str, Row]]:
    try:
        workbook = fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        remedy = "Save it as .xlsx again"
        raise InputError(Finding(path.name, "it is a workbook", remedy, value=str(error)[:200])) from error
    sheets = {name: workbook.load_sheet(name, dtypes="string").to_polars() for name in workbook.sheet_names}
    are_days = False
    for name, sheet in sheets.items():
        if plain_entity(name) == "parameter" and sheet.width >= 2:
            pairs = dict(zip(sheet.to_series(0), sheet.to_series(1), strict=True))
            are_days = str(pairs.get("excel_duration_in_days", "")).strip().lower() == "true"
    for name, sheet in sheets.items():
        kind = plain_entity(name)
        columns = [plain_name(column) for column in sheet.columns]
        for number, values in enumerate(sheet.iter_rows(), start=2):
            fields = dict(zip(columns, values, strict=True))
            if not any(value not in (None, "") for value in fields.values()):
                continue
            if kind in ORDER_TYPES:
                fields.setdefault("type", ORDER_TYPES[kind])
            yield ENTITIES.get(kind, kind), Row(f"{path.name}, sheet {name}", number, fields, findings, are_days)


def later(moment: datetime, seconds: float) -> datetime:
    """Return the moment so many seconds later."""
    return moment + timedelta(seconds=seconds)
