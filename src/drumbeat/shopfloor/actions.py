"""What people do with the shop floor's facts: build a plant from its log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.actions import LoadReport, load
from drumbeat.data.check_frames import check_frames
from drumbeat.data.snapshot import Snapshot
from drumbeat.shopfloor.engine.infer_plant import infer_plant
from drumbeat.shopfloor.engine.infer_result import Inference
from drumbeat.shopfloor.read_log import read_log, read_map


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a log gave.

    Parameters
    ----------
    inference
        What was inferred, with its statements.
    snapshot
        The plant, checked.
    findings
        Notes and warnings on the log and on the plant.
    load
        What storing it did, or would do in a dry run; None when it was not asked for.
    """

    inference: Inference
    snapshot: Snapshot
    findings: Findings
    load: LoadReport | None = None


def infer_log(
    path: str | Path,
    map_path: str | Path | None = None,
    *,
    as_of: datetime | None = None,
    promise: str | None = None,
    progress: Progress = silent,
) -> LogReport:
    """Build a plant from a log, without touching the database.

    Parameters
    ----------
    path
        CSV or Parquet file.
    map_path
        TOML or JSON file that says what its columns and values mean; None = they are guessed.
    as_of
        Moment at which the log is cut, later rows being unknown; without a zone it is local to the plant. None = the
        end of the log.
    promise
        "none" or "usual", in place of the map's: whether open orders get a stand-in for a due date.
    progress
        Hears of each step, and may cancel.

    Returns
    -------
    LogReport
        The plant with what is said of it.

    Raises
    ------
    InputError
        With every finding on the map, the log or the plant.
    """
    progress(0.0, "reading the log")
    meaning = read_map(None if map_path is None else Path(map_path))
    params = meaning.params(promise=promise)
    log, findings = read_log(Path(path), meaning)
    if as_of is not None and as_of.tzinfo is None:
        as_of = as_of.replace(tzinfo=ZoneInfo(meaning.time_zone))
    moment = None if as_of is None else as_of.astimezone(UTC)
    first = log["starts_at"].min()
    if moment is not None and isinstance(first, datetime) and first >= moment:
        rule = f"the log begins before the moment at which it is cut; it begins {first:%Y-%m-%d %H:%M} UTC"
        raise InputError(Finding(Path(path).name, rule, "Choose a later moment", value=f"{moment:%Y-%m-%d %H:%M} UTC"))
    progress(0.3, "inferring the plant")
    inference = infer_plant(log, moment, params)
    progress(0.7, "checking the plant")
    snapshot = Snapshot.of(inference.frames, inference.as_of)
    findings.merge(check_frames(snapshot.frames))
    findings.raise_on_errors()
    return LogReport(inference, snapshot, findings)


def load_log(
    path: str | Path,
    map_path: str | Path | None = None,
    *,
    as_of: datetime | None = None,
    promise: str | None = None,
    remove_absent: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> LogReport:
    """Build a plant from a log and store it.

    Parameters are those of `infer_log`, and `remove_absent` and `dry_run` those of `drumbeat.data.load`.

    Raises
    ------
    InputError
        With every finding; nothing is stored then.
    """
    report = infer_log(path, map_path, as_of=as_of, promise=promise, progress=part_of(progress, 0.0, 0.5))
    stored = load(report.snapshot, remove_absent=remove_absent, dry_run=dry_run, progress=part_of(progress, 0.5, 1.0))
    return LogReport(report.inference, report.snapshot, report.findings, stored)


def list_statements(inference: Inference) -> pl.DataFrame:
    """Return the statements of an inference as a frame: one column a field of `Statement`."""
    names = ("topic", "subject", "text", "num_observations", "confidence", "value", "low", "high")
    rows = [tuple(getattr(statement, name) for name in names) for statement in inference.statements]
    return pl.DataFrame(rows, schema=list(names), orient="row", infer_schema_length=None)
