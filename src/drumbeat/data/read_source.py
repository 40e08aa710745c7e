"""Reading whatever people bring: a folder of CSV or Parquet, one such file, or a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.progress import Progress, silent
from drumbeat.data.places import FIRST_ROW, Place
from drumbeat.data.read_csv import read_csv
from drumbeat.data.read_workbook import WORKBOOK_SUFFIXES, read_workbook
from drumbeat.data.shape_tables import shape_tables, skip_marked
from drumbeat.data.source import RawTable, Source

TEXT_SUFFIXES = {".csv", ".tsv"}
FILE_SUFFIXES = {*TEXT_SUFFIXES, ".parquet"}


def read_source(path: Path, *, with_examples: bool = False, progress: Progress = silent) -> Source:
    """Read a folder of CSV or Parquet files, one such file, or a workbook.

    Only what each cell says is judged here; `check_frames` judges what the tables say together.

    Parameters
    ----------
    path
        Folder or file. A file or sheet is named after its table; case, spaces and a plural do not matter.
    with_examples
        Whether the example rows of the template are read as data.
    progress
        Hears of each file.

    Returns
    -------
    Source
        Frames, places and findings; a path that holds no table gives a finding and no frames.
    """
    findings = Findings()
    tables = _read_tables(Path(path), findings, progress)
    source = shape_tables((skip_marked(table, with_examples=with_examples) for table in tables), findings)
    if not source.frames and not findings.has_errors:
        remedy = "Put files named after tables there, such as item.csv or order.parquet"
        findings.add(Finding(Path(path).name or str(path), "there is at least one table", remedy))
    return source


def _read_tables(path: Path, findings: Findings, progress: Progress) -> Iterator[RawTable]:
    if path.is_dir():
        yield from _read_folder(path, findings, progress)
    elif not path.exists():
        findings.add(Finding(str(path), "the folder or file exists", "Check the path"))
    elif path.suffix.lower() in WORKBOOK_SUFFIXES:
        progress(0.0, path.name)
        yield from read_workbook(path, findings)
    elif path.suffix.lower() in FILE_SUFFIXES:
        yield from _read_file(path, findings)
    else:
        remedy = "Give a folder of CSV or Parquet files, or an .xlsx workbook"
        findings.add(Finding(path.name, "the file has a form that can be read", remedy, value=path.suffix))


def _read_folder(folder: Path, findings: Findings, progress: Progress) -> Iterator[RawTable]:
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "~")))
    for number, path in enumerate(paths):
        progress(number / len(paths), path.name)
        if path.suffix.lower() in FILE_SUFFIXES and path.is_file():
            yield from _read_file(path, findings)
        elif path.suffix.lower() in WORKBOOK_SUFFIXES:
            remedy = "Load it by itself, or save its sheets as CSV files here"
            findings.add(Finding(path.name, "a folder holds CSV or Parquet files", remedy, severity="warning"))


def _read_file(path: Path, findings: Findings) -> Iterator[RawTable]:
    table = read_csv(path, findings) if path.suffix.lower() in TEXT_SUFFIXES else _read_parquet(path, findings)
    if table is not None:
        yield table


def _read_parquet(path: Path, findings: Findings) -> RawTable | None:
    try:
        cells = pl.read_parquet(path, glob=False)
    except Exception as error:  # Polars raises several kinds, and a panic for some broken files
        reason = str(error).splitlines()[0]
        findings.add(Finding(path.name, "the file is Parquet", f"Write it again ({reason})"))
        return None
    headers = cells.columns
    cells.columns = [f"{number}" for number in range(cells.width)]
    return RawTable(
        path.stem, headers, cells, Place(path.name, pl.int_range(FIRST_ROW, cells.height + FIRST_ROW, eager=True))
    )
