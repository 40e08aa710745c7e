"""Find what is to be compared: data in a folder or workbook, changes in a file, what-ifs by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.data.change import Change
from drumbeat.data.models import WhatIf
from drumbeat.data.read_changes import SUFFIXES, read_changes
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import restore_changes
from drumbeat.data.what_if import check_what_if, find_what_if
from drumbeat.twin.measure_design import Design

TODAY = "Today"


def read_designs(today: Snapshot, words: Sequence[str]) -> list[Design]:
    """Make today's design and one for each word; a word that names nothing becomes a design that cannot be played.

    Parameters
    ----------
    today
        What changes are made to, and what all are compared with.
    words
        Each a folder or workbook (a production system of its own), a file of changes (.toml, .json), or the code or
        name of a stored what-if.
    """
    designs = [Design(TODAY, today, Findings())]
    for word in words:
        try:
            design = _read_design(today, word)
        except InputError as error:
            design = Design(word, None, error.findings)
        designs.append(_rename(design, {one.name for one in designs}))
    return designs


def _read_design(today: Snapshot, word: str) -> Design:
    path = Path(word)
    if path.suffix.lower() in SUFFIXES and path.exists():
        file = read_changes(path)
        return make_design(today, file.name, file.changes)
    if path.exists():
        return Design(path.stem, Snapshot.read(path), Findings())
    stored = find_what_if(word)
    if stored is None:
        rule = "a design is a folder, a workbook, a file of changes (.toml, .json), or a stored what-if"
        raise InputError(Finding("compare", rule, "See `drumbeat what-if` for those that are stored", value=word))
    return design_of(today, stored)


def name_designs(today: Snapshot, designs: Mapping[str, Iterable[Change]]) -> list[Design]:
    """Make today's design and one of each list of changes, by its name; one that cannot be made says why."""
    found = [Design(TODAY, today, Findings())]
    for name, changes in designs.items():
        try:
            found.append(Design(name, today.apply(changes), Findings()))
        except InputError as error:
            found.append(Design(name, None, error.findings))
    return found


def design_of(today: Snapshot, what_if: WhatIf) -> Design:
    """Make the design of a stored what-if."""
    return make_design(today, what_if.name, what_if.changes, what_if.code)


def make_design(today: Snapshot, name: str, rows: Sequence[Mapping[str, Any]], code: str = "") -> Design:
    """Make a design of changes as plain values; one whose changes cannot be made carries all findings instead."""
    try:
        return Design(name, today.apply(restore_changes(rows)), Findings(), code)
    except InputError:
        return Design(name, None, check_what_if(today, rows), code)


def _rename(design: Design, taken: set[str]) -> Design:
    """Give a design a name of its own."""
    if design.name not in taken:
        return design
    number = next(n for n in range(2, len(taken) + 3) if f"{design.name} ({n})" not in taken)
    return Design(f"{design.name} ({number})", design.snapshot, design.findings, design.code)
