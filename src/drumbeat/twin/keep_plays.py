"""Keep plays of the plant: store them whole, read them as those may see them who look."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import polars as pl
from django.db.models import QuerySet

from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.what_if import narrow
from drumbeat.twin.compile_floor import FloorTerms
from drumbeat.twin.find_play_threats import no_threats
from drumbeat.twin.models import FloorPlay
from drumbeat.twin.play_floor import FloorRun, play_floor

MOST_FINDINGS = 500


def save_play(run: FloorRun, created_at: datetime, *, user: Any = None, site: str = "") -> FloorPlay:
    """Store a play with all its figures.

    Parameters
    ----------
    run
        What was played.
    created_at
        When; aware.
    user
        Who asked for it; None = a command.
    site
        Code of the site that it was narrowed to; "" = all sites.
    """
    findings: dict[str, Any] = run.findings.as_json()
    return FloorPlay.objects.create(
        created_at=created_at, user=user, site=site, as_of=run.compiled.horizon_start, version=run.version,
        weeks=run.terms.weeks, replications=run.replications, seed=run.seed, rule=run.terms.rule,
        setups_first=run.terms.setups_first, kpis=_pack(run.kpis), weekly=_pack(run.weekly), fans=_pack(run.fans),
        threats=_pack(run.threats) if run.threats.height else b"",
        findings=findings | {"findings": findings["findings"][:MOST_FINDINGS]},
    )  # fmt: skip


def _pack(frame: pl.DataFrame) -> bytes:
    body = io.BytesIO()
    frame.write_parquet(body)
    return body.getvalue()


def play_stored(
    terms: FloorTerms,
    created_at: datetime,
    *,
    site: str = "",
    replications: int = 100,
    threats: int = 0,
    seed: int = 1,
    user: Any = None,
    cores: int = 0,
    progress: Progress = silent,
) -> FloorPlay:
    """Play the database as it is now, or one site of it, and store what came out; nothing is stored when it is stopped.

    Raises
    ------
    InputError
        Nothing can be played, or what is asked for makes no sense.
    """
    progress(0.0, "reading the data")
    snapshot = narrow(Snapshot.read_database(), site)
    run = play_floor(
        snapshot, terms, replications=replications, threats=threats, seed=seed, cores=cores,
        progress=part_of(progress, 0.05, 0.97),
    )  # fmt: skip
    progress(0.97, "storing")
    return save_play(run, created_at, user=user, site=site)


def plays_in_sight(sites: Iterable[str] | None) -> QuerySet[FloorPlay]:
    """Plays of all sites, and of the sites that a user sees (None = all); those of all are narrowed when read."""
    rows = FloorPlay.objects.defer("kpis", "weekly", "fans", "threats", "findings")
    return rows if sites is None else rows.filter(site__in=["", *sites])


def read_kpis(play: FloorPlay, sites: set[str] | None) -> pl.DataFrame:
    """Read the figures of a play at some sites; None = all, those of the plant as a whole included."""
    return _at_sites(pl.read_parquet(io.BytesIO(bytes(play.kpis))), sites)


def read_weekly(play: FloorPlay, sites: set[str] | None) -> pl.DataFrame:
    """Read the output of a play by week and product at some sites; None = all."""
    return _at_sites(pl.read_parquet(io.BytesIO(bytes(play.weekly))), sites)


def read_fans(play: FloorPlay, sites: set[str] | None) -> pl.DataFrame:
    """Read the output of a play by week, of the plant and its sites; None = all."""
    frame = pl.read_parquet(io.BytesIO(bytes(play.fans)))
    return frame if sites is None else frame.filter((pl.col("scope") == "site") & pl.col("name").is_in(list(sites)))


def read_threats(play: FloorPlay, sites: set[str] | None) -> pl.DataFrame:
    """Read what threatens some sites (None = all, and the plant as a whole); subjects of other sites are left out."""
    if not play.threats:
        return no_threats()
    frame = pl.read_parquet(io.BytesIO(bytes(play.threats)))
    return frame if sites is None else _at_sites(frame, sites).filter(pl.col("at").is_in(["", *sites]))


def read_assumed(play: FloorPlay, sites: set[str] | None) -> list[dict[str, Any]]:
    """Read what a play assumes: findings, which name rows of all its sites, for those who see all of these."""
    findings: list[dict[str, Any]] = play.findings.get("findings", [])
    return findings if sites is None or play.site in sites else []


def _at_sites(frame: pl.DataFrame, sites: set[str] | None) -> pl.DataFrame:
    return frame if sites is None else frame.filter(pl.col("site").is_in(list(sites)))
