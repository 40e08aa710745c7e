"""Keep validations of the twin, and find the predictions that were kept at the time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl
from django.db import transaction

from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.engine.validate.recalibrate import FEWEST_RESOLVED
from drumbeat.twin.models import Outcome, Validation
from drumbeat.twin.put_right import find_correction
from drumbeat.twin.read_kept import KEPT_WEEKS, read_kept, read_schedules
from drumbeat.twin.rewind import find_outcomes
from drumbeat.twin.validate_plant import (
    COLUMNS,
    ValidationRun,
    resolve,
    score_orders,
    tell_limits,
    validate,
)
from drumbeat.twin.validate_play import PlayValidation, validate_play

PLAY_WEEKS = 8
"""Weeks that are played again without a schedule, at least."""


def save_validation(run: ValidationRun, created_at: datetime, play: PlayValidation | None = None) -> Validation:
    """Store a validation with its predictions, and that of plays without a schedule; all of it or nothing."""

    score = run.score
    names = ("said", "held", "held_low", "held_high", "count")
    with transaction.atomic():
        stored = Validation.objects.create(
            created_at=created_at,
            as_of=run.as_of,
            version=run.version,
            weeks=run.weeks,
            num_resolved=score.num_resolved,
            brier=_or_none(score.brier),
            skill=_or_none(score.skill),
            error=_or_none(score.error),
            bias=_or_none(score.bias),
            summary={
                "base_rate": _or_none(score.base_rate),
                "curve": [
                    dict(zip(names, (float(x) for x in row), strict=True))
                    for row in zip(*(getattr(score.curve, name) for name in names), strict=True)
                ],
                "coverage": [
                    {"promised": one.promised, "kept": _or_none(one.kept.value), "low": one.kept.low,
                     "high": one.kept.high, "count": one.count}
                    for one in run.coverage
                ],
                "bias": {"ratio": _or_none(run.bias.ratio.value), "low": _or_none(run.bias.ratio.low),
                         "high": _or_none(run.bias.ratio.high), "count": run.bias.count},
                "recalibration": run.recalibration.method,
                "limits": tell_limits(run),
                "few": list(run.few),
                "unknown": list(run.unknown),
                "followed": list(run.followed),
                "corrected": _or_none(run.corrected.error),
                "correction": run.correction.as_json(),
                "kept": run.orders.filter(pl.col("source") == "kept").height,
                **({} if play is None else {"play": play.as_json()}),
            },
        )  # fmt: skip
        rows = run.orders.with_columns(pl.col("item", "machine").fill_null(""))
        Outcome.objects.bulk_create(
            [Outcome(validation=stored, **row) for row in rows.iter_rows(named=True)], batch_size=2000
        )
    return stored


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def validate_stored(
    weeks: int, replications: int, created_at: datetime, *, cores: int = 0, progress: Progress = silent
) -> Validation:
    """Validate the twin on the database, predictions kept at the time included, and store the answer."""
    progress(0.0, "reading the data")
    snapshot = Snapshot.read_database()
    kept = read_kept(snapshot.as_of, weeks)
    run = validate(
        snapshot, weeks=weeks, replications=replications, cores=cores, kept=kept,
        schedules=read_schedules(snapshot.as_of, weeks), progress=part_of(progress, 0.05, 0.6),
    )  # fmt: skip
    play = validate_play(snapshot, weeks=max(weeks, PLAY_WEEKS), cores=cores, progress=part_of(progress, 0.6, 0.95))
    progress(0.95, "storing")
    # What is applied is learned from all that was kept, however few weeks were looked back on here.
    return save_validation(replace(run, correction=find_correction(snapshot)), created_at, play)


def judge_kept(snapshot: Snapshot, created_at: datetime) -> Validation | None:
    """Score the predictions that were kept, as far as they are resolved by now, and store the scores.

    No simulation: it is done after every run, so that the record grows by itself as time passes. None where nothing
    was resolved since the newest judgement.
    """
    kept = read_kept(snapshot.as_of, KEPT_WEEKS)
    if kept.height == 0:
        return None
    orders = resolve(kept.with_columns(pl.lit("kept").alias("source")), find_outcomes(snapshot))
    newest = Validation.objects.filter(weeks=KEPT_WEEKS).first()
    if orders.height < FEWEST_RESOLVED:
        return None
    if newest is not None and newest.num_resolved >= orders.height:
        # As old predictions leave the window there may be fewer in all, and new ones among them.
        known_at = pl.min_horizontal(pl.coalesce("ended_at", "due_at"), "due_at")
        if orders.filter(known_at > newest.as_of).is_empty():
            return None
    told = orders.select(list(COLUMNS)).cast(COLUMNS)  # type: ignore[arg-type]
    return save_validation(score_orders(told, snapshot, KEPT_WEEKS), created_at)
