"""`drumbeat export`: the stored data as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import part_of
from drumbeat.cli.show import open_database, progress_bar


def export(
    path: Annotated[Path, typer.Argument(help="Folder to write, or a workbook when it ends in .xlsx")],
    form: Annotated[str, typer.Option("--format", help="Form of a folder's files: csv or parquet")] = "csv",
    site: Annotated[list[str] | None, typer.Option("--site", help="Only this site; may be given several times")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there")] = False,
) -> int:
    """Write the stored data as a folder of CSV or Parquet, or as a workbook; loading it gives the same back."""
    if form not in ("csv", "parquet"):
        raise typer.BadParameter("write csv or parquet", param_hint="--format")
    _refuse_overwriting(path, force)
    open_database()
    from drumbeat.data.snapshot import Snapshot

    with progress_bar(f"Writing {path.name}") as progress:
        snapshot = Snapshot.read_database(progress=part_of(progress, 0.0, 0.5))
        if site:
            try:
                snapshot = snapshot.sites(site)
            except KeyError as error:
                raise typer.BadParameter(str(error.args[0]), param_hint="--site") from None
        snapshot.write(path, form=_form(form), progress=part_of(progress, 0.5, 1.0))
    filled = [frame.height for frame in snapshot.frames.values() if frame.height]
    Console().print(f"{sum(filled):,} rows of {len(filled)} tables written to {path}")
    return 0


def _form(form: str) -> Literal["csv", "parquet"]:
    return "parquet" if form == "parquet" else "csv"


def _refuse_overwriting(path: Path, force: bool) -> None:
    is_taken = any(path.iterdir()) if path.is_dir() else path.exists()
    if is_taken and not force:
        rule = "an export does not replace what is there"
        raise InputError(Finding(str(path), rule, "Name another path, or add --force"))
