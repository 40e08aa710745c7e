"""Reading an Excel workbook: a sheet a table, every cell as text."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import fastexcel
import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.match_names import fold_name
from drumbeat.data.places import Place
from drumbeat.data.source import RawTable

NOT_TABLES = {"start_here", "read_me", "readme", "guide", "notes"}
WORKBOOK_SUFFIXES = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
NUMBER = r"^-?\d+(\.\d{1,9})?$"
RELATIONS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read_workbook(path: Path, findings: Findings) -> Iterator[RawTable]:
    """Read the sheets of a workbook.

    Sheets without any cell and sheets for people ("Start here") are passed over.

    Parameters
    ----------
    path
        The workbook.
    findings
        What cannot be read is added here.
    """
    try:
        workbook = fastexcel.read_excel(path)
    except Exception as error:  # fastexcel raises its own kinds for each format
        reason = str(error).splitlines()[0]
        findings.add(Finding(path.name, "the file is an Excel workbook", f"Save it again as .xlsx ({reason})"))
        return
    _find_error_cells(path, findings)
    for name in workbook.sheet_names:
        if fold_name(name) in NOT_TABLES:
            continue
        try:
            cells = _load_cells(workbook, name)
        except Exception as error:
            findings.add(Finding(f"sheet {name}", "the sheet can be read", f"Check the sheet ({error})"))
            continue
        table = _take_table(name, cells)
        if table is not None:
            yield table


def _load_cells(workbook: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    """Load every cell of a sheet as text; numbers, which come with nine decimals at most, with all of theirs."""
    texts = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    numbers = workbook.load_sheet(name, header_row=None, skip_rows=0, dtypes="float").to_polars()
    exact = []
    for text, number in zip(texts.get_columns(), numbers.get_columns(), strict=True):
        text = text.cast(pl.String)
        if number.dtype == pl.Float64 and number.null_count() < len(number):
            shown = text.set(~text.str.contains(NUMBER).fill_null(False), None).cast(pl.Float64, strict=False)
            is_cut = (number.is_finite() & (shown != number)).fill_null(False)
            text = number.cast(pl.String).zip_with(is_cut, text)
        exact.append(text.alias(text.name))
    return pl.DataFrame(exact)


def _take_table(name: str, cells: pl.DataFrame) -> RawTable | None:
    if not cells.height:
        return None
    rows = pl.int_range(1, cells.height + 1, eager=True)
    is_filled = cells.select(pl.any_horizontal(pl.all().is_not_null() & (pl.all() != ""))).to_series()
    cells, rows = cells.filter(is_filled), rows.filter(is_filled)
    if not cells.height:
        return None
    headers = [(header or "").strip() for header in cells.row(0)]
    cells, rows = cells.slice(1), rows.slice(1)
    cells.columns = [f"{number}" for number in range(cells.width)]
    return RawTable(name, headers, cells, Place(f"sheet {name}", rows))


def _find_error_cells(path: Path, findings: Findings) -> None:
    """Find cells that hold an error such as #DIV/0!, which would otherwise pass as empty."""
    if path.suffix.lower() not in {".xlsx", ".xlsm"}:
        return
    with zipfile.ZipFile(path) as parts:
        sheets = [part for part in parts.namelist() if re.match(r"xl/worksheets/[^/]+\.xml$", part)]
        for part in sheets:
            text = parts.read(part)
            for cell in re.finditer(rb'<c r="([A-Z]+)(\d+)"[^>]*\bt="e"[^>]*>.*?<v>([^<]*)</v>', text, re.DOTALL):
                column, row, value = (group.decode() for group in cell.groups())
                findings.add(
                    Finding(
                        f"sheet {_name_of(parts, part)}",
                        "no cell holds an error",
                        "Mend the formula, or write the value",
                        int(row),
                        column,
                        value,
                    )
                )


def _name_of(parts: zipfile.ZipFile, part: str) -> str:
    relations = ET.fromstring(parts.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    wanted = {
        relation.get("Id") for relation in relations if str(relation.get("Target")).endswith(part.rpartition("/")[2])
    }
    for element in ET.fromstring(parts.read("xl/workbook.xml")).iter():  # noqa: S314
        if element.tag.endswith("}sheet") and element.get(RELATIONS) in wanted:
            return str(element.get("name"))
    return part
