"""Read a snapshot from wherever the user points."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.cli.show import show_findings

if TYPE_CHECKING:
    from drumbeat.data.snapshot import Snapshot


def read_source(path: Path | None) -> Snapshot:
    """Read a folder, a workbook, another planner's fixture, or (None) the database.

    Raises
    ------
    InputError
        With every finding, when the data are not right; or when the database is empty.
    """
    from drumbeat.data.frepple import is_frepple, read_frepple
    from drumbeat.data.snapshot import Snapshot

    if path is None:
        stored = Snapshot.read_database()
        if not any(frame.height for frame in stored.frames.values()):
            remedy = "Load a plant (drumbeat load PATH), make the demo company (drumbeat demo), or name a PATH"
            raise InputError(Finding("database", "there are data to work on", remedy))
        return stored
    if is_frepple(path):
        frames, as_of, findings = read_frepple(path)
        show_findings(findings)
        findings.raise_on_errors()
        return Snapshot.of(frames, as_of)
    findings = Findings()
    snapshot = Snapshot.read(path, findings=findings)
    show_findings(findings)
    return snapshot
