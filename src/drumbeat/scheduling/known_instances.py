"""Published instances with their best known values: a folder with `best_known.csv` and the files that it names."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from drumbeat.basics.findings import Finding, InputError
from drumbeat.scheduling.engine.formats import find_reader
from drumbeat.scheduling.engine.problem import Problem

LIST = "best_known.csv"
COLUMNS = ("family", "instance", "lower_bound", "upper_bound", "file", "format")


@dataclass(frozen=True, slots=True)
class KnownInstance:
    """One row of `best_known.csv`.

    Parameters
    ----------
    family, name
        Its set, and its name there.
    lower, upper
        Best known bounds in the instance's own unit; None where none is published.
    file
        Where its text is; a `.zip` holds one text.
    form
        The format in words; for a file of many instances it says which ("12-th block").
    """

    family: str
    name: str
    lower: float | None
    upper: float | None
    file: Path
    form: str

    def read(self) -> Problem:
        """Read the instance; `InputError` where its text breaks the format, or the file is missing."""
        return find_reader(self.family, self.form)(read_text(self.file), self.name)


def list_known(folder: Path, sets: Collection[str] = (), names: Collection[str] = ()) -> list[KnownInstance]:
    """List the instances of a folder.

    Parameters
    ----------
    folder
        Holds `best_known.csv`: family, instance, lower_bound, upper_bound, file (below the folder), format; other
        columns are not read.
    sets, names
        Only these families, only these instances; empty = all.

    Raises
    ------
    InputError
        When the list is missing, lacks a column, or a name is in no row.
    """
    path = folder / LIST
    if not path.is_file():
        rule, remedy = "a folder of instances holds their list", f"Name a folder with a {LIST}"
        raise InputError(Finding(str(folder), rule, remedy, value=LIST))
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    lacking = [name for name in COLUMNS if rows and name not in rows[0]]
    if lacking:
        rule, remedy = f"the list has the columns {', '.join(COLUMNS)}", "Add the column"
        raise InputError(Finding(LIST, rule, remedy, row=1, column=lacking[0]))
    for column, wanted in (("family", sets), ("instance", names)):
        unknown = sorted(set(wanted) - {row[column] for row in rows})
        if unknown:
            rule, remedy = "what is asked for is in the list", "Correct the name, or leave it out for all"
            raise InputError(Finding(LIST, rule, remedy, column=column, value=", ".join(unknown)))
    return [
        KnownInstance(
            row["family"], row["instance"], _number(row["lower_bound"]), _number(row["upper_bound"]),
            folder / row["file"], row["format"],
        )
        for row in rows
        if (not sets or row["family"] in sets) and (not names or row["instance"] in names)
    ]  # fmt: skip


def _number(text: str) -> float | None:
    return float(text) if text.strip() else None


def read_text(file: Path) -> str:
    """Return a file's text, or that of the largest file inside a `.zip`."""
    if not file.is_file():
        raise InputError(Finding(LIST, "the file of an instance exists", "Correct the path", value=str(file)))
    if file.suffix != ".zip":
        return file.read_text(encoding="utf-8", errors="replace")
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.file_size)
        return archive.read(largest).decode("utf-8", errors="replace")
