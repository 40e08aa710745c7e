"""Data as a file to download."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import polars as pl
from django.http import FileResponse

from drumbeat.data.write_folder import write_folder
from drumbeat.data.write_template import write_template
from drumbeat.data.write_workbook import write_workbook


def export_file(frames: Mapping[str, pl.DataFrame], name: str, form: str) -> FileResponse:
    """Answer with frames as one file that loads again: "csv" (a zip when there are several), "xlsx" or "parquet".

    Raises
    ------
    InputError
        When a table has more rows than a sheet can hold.
    """
    with TemporaryDirectory() as place:
        folder = Path(place)
        if form == "xlsx":
            write_workbook(frames, folder / "data.xlsx")
            return _answer(folder / "data.xlsx", f"{name}.xlsx")
        write_folder(frames, folder, form=form)
        only = next(iter(frames)) if len(frames) == 1 else None
        if only is not None:
            path = folder / f"{only}.{form}"
            if not path.exists():  # no rows: the header alone
                frames[only].write_csv(path) if form == "csv" else frames[only].write_parquet(path)
            return _answer(path, f"{name}.{form}")
        archive = TemporaryFile()  # noqa: SIM115 - the answer closes it
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(folder.iterdir()):
                packed.write(path, path.name)
        archive.seek(0)
        return FileResponse(archive, as_attachment=True, filename=f"{name}.zip")


def template_file() -> FileResponse:
    """Answer with the blank workbook."""
    with TemporaryDirectory() as place:
        write_template(Path(place) / "template.xlsx")
        return _answer(Path(place) / "template.xlsx", "drumbeat-template.xlsx")


def _answer(path: Path, name: str) -> FileResponse:
    # The file is gone when the answer is sent; on every system but Windows it could stay open, so it is read instead.
    content: Any = io.BytesIO(path.read_bytes())
    return FileResponse(content, as_attachment=True, filename=name)
