"""Writing a folder of CSV or Parquet files, one a table, that reads back the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from drumbeat.basics.progress import Progress, silent

FORMS = ("csv", "parquet")


def write_folder(
    frames: Mapping[str, pl.DataFrame], folder: Path, *, form: str = "csv", progress: Progress = silent
) -> None:
    """Write each table that has rows to its own file.

    Parameters
    ----------
    frames
        Frames by table.
    folder
        Made where it is not there; files of the same names are replaced.
    form
        "csv" or "parquet".

    Raises
    ------
    ValueError
        When the form is not known.
    """
    if form not in FORMS:
        raise ValueError(f"no form {form!r}; there are {', '.join(FORMS)}")
    folder.mkdir(parents=True, exist_ok=True)
    filled = {name: frame for name, frame in frames.items() if frame.height}
    for number, (name, frame) in enumerate(filled.items()):
        progress(number / len(filled), name)
        path = folder / f"{name}.{form}"
        if form == "parquet":
            frame.write_parquet(path)
        else:
            format_text(frame).write_csv(path, quote_style="necessary")


def format_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with moments and times as ISO text, which every reader understands without losing a part."""
    return frame.with_columns(
        *(
            pl.when(pl.col(name).dt.microsecond() == 0)
            .then(pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
            .otherwise(pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"))
            for name, kind in frame.schema.items()
            if isinstance(kind, pl.Datetime)
        ),
        *(
            pl.when(pl.col(name).dt.nanosecond() == 0)
            .then(pl.col(name).dt.strftime("%H:%M:%S"))
            .otherwise(pl.col(name).dt.strftime("%H:%M:%S%.6f"))
            for name, kind in frame.schema.items()
            if kind == pl.Time
        ),
    )
