"""Files that people send: taken in with limits, unpacked with care, kept until they are stored or a week old."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from drumbeat.basics.findings import Finding, Findings, InputError

TABLE_SUFFIXES = {".csv", ".tsv", ".txt", ".parquet"}
WORKBOOK_SUFFIXES = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
MOST_FILES = 200
MOST_BYTES = 1_000_000_000
"""Of all files together, as sent, and again as unpacked."""
MOST_RATIO = 200
"""A file that unpacks to more than this many times its size is no table."""
KEPT = timedelta(days=7)


def folder_of(token: str) -> Path:
    """Return the folder of one upload."""
    return Path(settings.MEDIA_ROOT) / "loads" / token


def receive_files(files: Iterable[Any], token: str) -> Path:
    """Store the files of one upload and return what can be read: a workbook, or a folder of files.

    Parameters
    ----------
    files
        Uploaded files: one workbook, or CSV or Parquet files, or one zip of either.
    token
        Name of the upload.

    Raises
    ------
    InputError
        When there is none, too much, or something that is no table; nothing is kept then.
    """
    folder = folder_of(token)
    folder.mkdir(parents=True)
    try:
        files = list(files)
        _check_size(files)
        for file in files:
            path = folder / Path(file.name.replace("\\", "/")).name
            with path.open("wb") as target:
                for chunk in file.chunks():
                    target.write(chunk)
            if path.suffix.lower() == ".zip":
                _unpack(path, folder)
                path.unlink()
        return _what_to_read(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def forget_old_files(now: datetime) -> None:
    """Remove uploads that nobody stored within a week."""
    loads = Path(settings.MEDIA_ROOT) / "loads"
    for folder in loads.iterdir() if loads.is_dir() else ():
        if folder.stat().st_mtime < (now - KEPT).timestamp():
            shutil.rmtree(folder, ignore_errors=True)


def _stop(place: str, rule: str, remedy: str, value: str | None = None) -> None:
    raise InputError(Finding(place, rule, remedy, value=value))


def _check_size(files: list[Any]) -> None:
    if not files:
        _stop("upload", "there is at least one file", "Choose a workbook, CSV or Parquet files, or a zip of them")
    if len(files) > MOST_FILES:
        _stop("upload", f"there are at most {MOST_FILES} files", "Send fewer, a file a table", str(len(files)))
    size = sum(file.size for file in files)
    if size > MOST_BYTES:
        remedy = "Send the tables in parts, send Parquet, or use `drumbeat load` on the server"
        _stop("upload", f"the files have at most {MOST_BYTES // 1_000_000} MB together", remedy, f"{size:,} bytes")


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        remedy = "Save or pack it again; perhaps it was not sent as a whole"
        raise InputError(Finding(path.name, "the file is a whole zip or workbook", remedy)) from None


def _check_packed(path: Path, packed: zipfile.ZipFile) -> None:
    members = packed.infolist()
    size = sum(member.file_size for member in members)
    if len(members) > 20 * MOST_FILES:
        _stop(path.name, f"a zip has at most {20 * MOST_FILES} members", "Pack fewer files", str(len(members)))
    if size > MOST_BYTES or size > MOST_RATIO * max(path.stat().st_size, 100_000):
        rule = f"it unpacks to at most {MOST_BYTES // 1_000_000} MB and {MOST_RATIO} times its size"
        _stop(path.name, rule, "Send the tables themselves, or in parts", f"{size:,} bytes")


def _unpack(path: Path, folder: Path) -> None:
    with _open_zip(path) as packed:
        _check_packed(path, packed)
        for member in packed.infolist():
            name = Path(member.filename.replace("\\", "/")).name
            if member.is_dir() or name.startswith((".", "~", "__")) or "__MACOSX" in member.filename:
                continue
            if Path(name).suffix.lower() not in TABLE_SUFFIXES | WORKBOOK_SUFFIXES:
                continue
            if member.flag_bits & 1:
                _stop(path.name, "a zip has no password", "Pack it without one", name)
            with packed.open(member) as source, (folder / name).open("wb") as target:
                shutil.copyfileobj(source, target, 1_000_000)


def _what_to_read(folder: Path) -> Path:
    findings = Findings()
    paths = sorted(folder.iterdir())
    workbooks = [path for path in paths if path.suffix.lower() in WORKBOOK_SUFFIXES]
    tables = [path for path in paths if path.suffix.lower() in TABLE_SUFFIXES]
    for path in paths:
        if path not in workbooks and path not in tables:
            remedy = "Send a workbook, CSV or Parquet files, or a zip of them"
            findings.add(Finding(path.name, "the file has a form that can be read", remedy, value=path.suffix))
    if not paths:
        findings.add(Finding("upload", "a zip holds at least one table", "Pack CSV or Parquet files, or a workbook"))
    if len(workbooks) > 1 or (workbooks and tables):
        remedy = "Send the workbook alone, or CSV and Parquet files without one"
        findings.add(Finding(workbooks[0].name, "a workbook comes alone", remedy))
    findings.raise_on_errors()
    for path in workbooks:
        if path.suffix.lower() in {".xlsx", ".xlsm", ".xlsb", ".ods"}:
            with _open_zip(path) as packed:
                _check_packed(path, packed)
    return workbooks[0] if workbooks else folder
