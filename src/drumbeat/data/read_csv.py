"""Reading a CSV file as text, so that every cell can be judged by itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.places import FIRST_ROW, Place, add_rows
from drumbeat.data.source import RawTable

SEPARATORS = (",", ";", "\t", "|")
QUOTE = ord('"')
NEWLINE = ord("\n")
LONGEST_FIELD = 10_000_000


def read_csv(path: Path, findings: Findings) -> RawTable | None:
    """Read one CSV file, comma-, semicolon-, tab- or bar-separated, in UTF-8 or UTF-16 with a byte order mark.

    Rows with too many or too few cells are findings, and are left out.

    Returns
    -------
    RawTable or None
        None when nothing of the file can be read; a finding says why.
    """
    data = _decode(path, findings)
    if data is None:
        return None
    separator = _find_separator(data)
    table = _read_fast(data, separator) or _read_slowly(data, separator, path.name, findings)
    headers, cells, rows = table
    cells.columns = [f"{number}" for number in range(cells.width)]
    is_filled = cells.select(pl.any_horizontal(pl.all().is_not_null() & (pl.all() != ""))).to_series()
    if not is_filled.all():
        cells, rows = cells.filter(is_filled), rows.filter(is_filled)
    return RawTable(path.stem, headers, cells, Place(path.name, rows))


def _read_fast(data: bytes, separator: str) -> tuple[list[str], pl.DataFrame, pl.Series] | None:
    """Read at once a file whose rows are all as long as its header; None for any other."""
    counts = _count_cells(data, separator)
    if counts is None or counts[0] == 0 or (counts[counts > 0] != counts[0]).any():
        return None
    try:
        cells = pl.read_csv(data, separator=separator, infer_schema=False, has_header=False, glob=False)
    except pl.exceptions.PolarsError:
        return None
    if cells.height != len(counts):
        return None  # blank lines were passed over: row numbers would be wrong
    headers = [name or "" for name in cells.row(0)]
    cells = cells.slice(1)
    return headers, cells, pl.int_range(FIRST_ROW, cells.height + FIRST_ROW, eager=True)


def _decode(path: Path, findings: Findings) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        findings.add(Finding(path.name, "the file can be read", f"Check the file: {error.strerror}"))
        return None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", errors="replace").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        findings.add(Finding(path.name, "a file has a row of column names", "Write them in the first row"))
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line_start = data.rfind(b"\n", 0, error.start) + 1
        findings.add(
            Finding(
                path.name,
                "the file is text in UTF-8",
                'Save it as "CSV UTF-8"; this looks like the encoding of an older program',
                row=data.count(b"\n", 0, error.start) + 1,
                value=data[line_start : error.start + 10].decode("cp1252", errors="replace").strip(),
            )
        )
        return None
    return data if b"\r" not in data else data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _find_separator(data: bytes) -> str:
    header = data.split(b"\n", 1)[0].decode()
    return max(SEPARATORS, key=header.count)


def _count_cells(data: bytes, separator: str) -> np.ndarray | None:
    """Count the cells of each record, 0 for a blank one; None when the quotes do not pair up."""
    signs = np.frombuffer(data, dtype=np.uint8)
    breaks, separators = signs == NEWLINE, signs == ord(separator)
    if QUOTE in data:
        inside = np.bitwise_xor.accumulate((signs == QUOTE).view(np.uint8)).view(np.bool_)
        if inside[-1]:
            return None
        # A quote that opens in the middle of a cell is a plain sign to some readers: judge those slowly.
        opens = np.flatnonzero(inside & (signs == QUOTE) & ~np.r_[False, inside[:-1]])
        before = signs[opens[opens > 0] - 1]
        if not np.isin(before, [NEWLINE, ord(separator), QUOTE]).all():
            return None
        breaks &= ~inside
        separators &= ~inside
    ends = np.flatnonzero(breaks)
    if signs[-1] != NEWLINE:
        ends = np.append(ends, len(signs))
    lengths = np.diff(ends, prepend=-1) - 1
    counts = np.diff(np.searchsorted(np.flatnonzero(separators), ends), prepend=0) + 1
    return np.where(lengths == 0, 0, counts)


def _records(reader: Iterator[list[str]], place: str, findings: Findings) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        remedy = f"Look for a quote that is not closed; what follows was not read ({error})"
        findings.add(Finding(place, "a cell has less than ten million characters", remedy))


def _read_slowly(
    data: bytes, separator: str, place: str, findings: Findings
) -> tuple[list[str], pl.DataFrame, pl.Series]:
    """Read record by record, for files whose rows differ in length or whose quotes are odd."""
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator, strict=False)
    numbered = enumerate(_records(reader, place, findings), start=1)
    headers = next((record for _, record in numbered if record), [])
    width = len(headers)
    records, rows, lengths = [], [], []
    for row, record in numbered:
        if len(record) == width:
            records.append([cell or None for cell in record])
            rows.append(row)
        elif record:
            lengths.append((row, len(record)))
    if lengths:
        wrong = pl.Series([length for _, length in lengths], dtype=pl.Int64)
        where = Place(place, pl.Series([row for row, _ in lengths], dtype=pl.Int64))
        rule = f"a row has as many cells as there are columns ({width})"
        remedy = f"Put text with {separator!r} or line breaks in it in double quotes, and fill up short rows"
        add_rows(findings, where, wrong != width, rule, remedy, values=wrong)
    cells = pl.DataFrame(records, schema=[(f"{n}", pl.String) for n in range(width)], orient="row")
    return headers, cells, pl.Series(rows, dtype=pl.Int64)
