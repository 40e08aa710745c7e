"""Read the files of an SMT2020 fab into frames, and say all that is wrong with them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int64s, Texts
from drumbeat.basics.findings import Finding, Findings

TEXTS = {
    "tool.txt.1l": (
        "STNFAM",
        "RULE",
        "FWLRANK",
        "BATCHCRITF",
        "LTUNITS",
        "ULTUNITS",
        "STNGRP",
        "STNFAMLOC",
        "SETUPGRP",
    ),
    "order.txt": ("LOT", "PART", "START", "RUNITS", "DUE"),
    "WIP.txt": ("LOT", "PART", "START", "DUE"),
    "part.txt": ("PART", "ROUTEFILE"),
    "attach.txt": ("CALNAME", "CALTYPE", "RESTYPE", "RESNAME", "FOAUNITS"),
    "pmcal.txt": ("PMCALNAME", "PMCALTYPE", "MTBPMUNITS", "MTTRUNITS"),
    "downcal.txt": ("DOWNCALNAME", "MTTFUNITS", "MTTRUNITS"),
    "setup.txt": ("CURSETUP", "NEWSETUP", "STUNITS"),
    "setupgrp.txt": ("SETUP",),
    "fromto.txt": ("FROMLOC", "TOLOC", "DUNITS"),
    "route": ("STNFAM", "PTUNITS", "PTPER", "SETUP", "STUNITS", "SVESTN", "BatchIntUnits", "PartIntUnits", "CQTUNITS"),
}
"""Columns of words that are read, by file; "route" for the files that part.txt names."""

NUMBERS = {
    "tool.txt.1l": ("LTIME", "ULTIME", "STNCAP", "STNQTY"),
    "order.txt": ("PRIOR", "PIECES", "REPEAT"),
    "WIP.txt": ("PRIOR", "PIECES", "CURSTEP"),
    "part.txt": (),
    "attach.txt": ("FOA",),
    "pmcal.txt": ("MTBPM", "MTTR", "MTTR2"),
    "downcal.txt": ("MTTF", "MTTR"),
    "setup.txt": ("STIME",),
    "setupgrp.txt": ("MINRUN",),
    "fromto.txt": ("DTIME", "DTIME2"),
    "route": ("STEP", "PTIME", "PTIME2", "BATCHMN", "BATCHMX", "STIME", "FORSTEP", "BatchInterval", "PartInterval",
              "RWKSTEP", "REWORK", "StepPercent", "STEP_CQT", "CQT"),
}  # fmt: skip
"""Columns of numbers that are read; an empty cell is null."""

SECONDS = {"": 60.0, "sec": 1.0, "min": 60.0, "hr": 3600.0, "day": 86_400.0}
CLOCK = "%m/%d/%y %H:%M:%S"


@dataclass(frozen=True)
class Fab:
    """What the sections of the problem are made from: files, station families, setups, parts.

    `tool` are all station families, those of location Delay last; `stations` are the others, which are machines.
    `first` are their first machines, `setup` numbers the words of SETUP, `pieces` and `route` are by part.
    """

    frames: dict[str, pl.DataFrame]
    tool: pl.DataFrame
    stations: pl.DataFrame
    first: Int64s
    setup: dict[str, int]
    pieces: dict[str, int]
    route: dict[str, str]

    @property
    def owner(self) -> Int64s:
        """Shape (M,): station family of each machine."""
        return np.repeat(np.arange(self.stations.height), np.diff(self.first))


def read_fab(files: Mapping[str, str]) -> Fab:
    """Read all files into frames.

    Raises
    ------
    InputError
        With every finding.
    """
    findings = Findings()
    frames = {name: _read(files, name, name, findings) for name in TEXTS if name != "route"}
    findings.raise_on_errors()
    part, tool = frames["part.txt"], frames["tool.txt.1l"].sort(pl.col("STNFAMLOC") == "Delay", maintain_order=True)
    for name in part["ROUTEFILE"].unique(maintain_order=True):
        frames[name] = _read(files, name, "route", findings)
        _refer(frames[name], name, "STNFAM", tool["STNFAM"], findings)
    for name in ("order.txt", "WIP.txt"):
        _refer(frames[name], name, "PART", part["PART"], findings)
    for kind, calendar in (("pm", "pmcal.txt"), ("down", "downcal.txt")):
        used = frames["attach.txt"].filter(pl.col("CALTYPE") == kind)
        _refer(used, "attach.txt", "CALNAME", frames[calendar].to_series(0), findings)
    lots = pl.concat([frames[name].select("PART", "PIECES") for name in ("order.txt", "WIP.txt")])
    mixed = lots.unique().filter(pl.col("PART").is_duplicated())["PART"].unique().sort()
    for value in mixed:
        rule = "all lots of a part have the same number of pieces"
        findings.add(Finding("order.txt", rule, "Split the part in two", None, "PIECES", value))
    findings.raise_on_errors()
    words = pl.concat([frames[name]["SETUP"] for name in part["ROUTEFILE"]]).unique().sort()
    stations = tool.filter(pl.col("STNFAMLOC") != "Delay")
    size = np.maximum(stations["STNQTY"].fill_null(1.0).to_numpy(), 1).astype(np.int64)
    return Fab(
        frames,
        tool,
        stations,
        np.concatenate(([0], np.cumsum(size))),
        {word: i for i, word in enumerate(word for word in words if word)},
        {part: int(pieces) for part, pieces in lots.unique("PART").iter_rows()},
        dict(part.select("PART", "ROUTEFILE").iter_rows()),
    )


def _read(files: Mapping[str, str], name: str, form: str, findings: Findings) -> pl.DataFrame:
    """Read one file's columns: words, empty where there is nothing, and numbers."""
    wanted = (*TEXTS[form], *NUMBERS[form])
    empty = pl.DataFrame(schema={c: pl.Float64 if c in NUMBERS[form] else pl.String for c in wanted})
    if name not in files:
        findings.add(Finding(name, "the file is there", "Put it beside the others"))
        return empty
    rows = [line.split("\t") for line in io.StringIO(files[name]) if line.strip()]
    header = [cell.strip() for cell in rows[0]] if rows else []
    missing = [column for column in wanted if column not in header]
    for column in missing:
        findings.add(Finding(name, "the file has the column", "Add the column", 1, column))
    if missing:
        return empty
    place = [header.index(column) for column in wanted]
    cells = [[row[i].strip() if i < len(row) else "" for i in place] for row in rows[1:]]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(wanted, pl.String), orient="row")
    for column in NUMBERS[form]:
        number = frame[column].cast(pl.Float64, strict=False)
        for row in np.flatnonzero(((frame[column] != "") & number.is_null()).to_numpy()).tolist():
            rule = "a number stands here"
            findings.add(Finding(name, rule, "Enter a number", row + 2, column, frame[column][row]))
        frame = frame.with_columns(number)
    return frame


def _refer(frame: pl.DataFrame, name: str, column: str, known: pl.Series, findings: Findings) -> None:
    for row in np.flatnonzero(~frame[column].is_in(known.implode()).to_numpy()).tolist():
        rule = "the name is in the file that it refers to"
        findings.add(Finding(name, rule, "Correct the name", row + 2, column, frame[column][row]))


def in_seconds(frame: pl.DataFrame, column: str, unit: str) -> Floats:
    """A column in seconds; nan where it is empty."""
    factor = frame[unit].replace_strict(SECONDS, default=60.0, return_dtype=pl.Float64)
    return (frame[column] * factor).fill_null(np.nan).to_numpy().astype(np.float64)


def moments_of(frame: pl.DataFrame, column: str) -> Floats:
    """Seconds from START to a moment of the same row."""
    start = frame["START"].str.to_datetime(CLOCK)
    return (frame[column].str.to_datetime(CLOCK) - start).dt.total_milliseconds().to_numpy() / 1000.0


def as_texts(words: list[str]) -> Texts:
    """Make a column of keys."""
    return np.array(words, dtype=np.object_)
