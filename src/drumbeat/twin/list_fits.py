"""List what the twin learned from the plant's events: laws, how sure they are, how well they fit."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import exp
from typing import Any

import numpy as np

from drumbeat.basics.findings import Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.engine.fit.fit_law import Fit
from drumbeat.twin.engine.fit.judge_fit import judge_fit
from drumbeat.twin.engine.fit.laws import NAMES
from drumbeat.twin.engine.fit.sample import Sample
from drumbeat.twin.estimate_absence import estimate_absence
from drumbeat.twin.estimate_failures import estimate_failures
from drumbeat.twin.estimate_run_times import estimate_run_times

FEWEST_JUDGED = 8
"""Ends seen from which a fit is judged."""


@dataclass(frozen=True)
class FitRow:
    """One law that the twin draws from.

    Parameters
    ----------
    what, subject
        "time between stops", "repair", "run time over standard" or "share absent"; and of what.
    law
        Its name.
    mean, low, high, unit
        Mean with its 95 % interval.
    shape
        Shape of Weibull and gamma, spread of the logarithm of a lognormal and of run times; 1 otherwise.
    num_ended, num_running
        Times seen whole, and cut.
    fit
        Probability of a fit no better if the law is right; None where it was not judged.
    said_by
        What it comes from.
    """

    what: str
    subject: str
    law: str
    mean: float
    low: float
    high: float
    unit: str
    shape: float
    num_ended: int
    num_running: int
    fit: float | None
    said_by: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def list_fits(snapshot: Snapshot, findings: Findings, *, judges: bool = False) -> list[FitRow]:
    """List the laws that the twin would draw from.

    Parameters
    ----------
    snapshot
        The plant with its events.
    findings
        Receives what was assumed.
    judges
        Whether fits are judged by a bootstrap: some tenths of a second each.
    """
    rows = []
    for mode in estimate_failures(snapshot, list(snapshot["resource"]["code"]), findings):
        clock = "h at work" if mode.is_busy_clock else "h"
        rows.append(_row("time between stops", mode.resource, mode.life, clock, mode.lives, mode.said_by, judges))
        rows.append(_row("repair", mode.resource, mode.repair, "h", mode.repairs, mode.said_by, judges))
    runs = estimate_run_times(snapshot)
    law = "as seen" if len(runs.quantiles) else "lognormal"
    for operation, cv, ratio, count in runs.operations.iter_rows():
        error = 1.96 * 1.25 * cv / count**0.5
        said_by = f"{count} reports"
        low, high = ratio * exp(-error), ratio * exp(error)
        rows.append(FitRow("run time over standard", operation, law, ratio, low, high, "", cv, count, 0, None, said_by))
    for (skill, site), rate in sorted(estimate_absence(snapshot).items()):
        factor = exp(1.96 * rate.log_error)
        share, name = 100 * rate.rate, f"{skill} @ {site}"
        low, high = share / factor, min(share * factor, 100.0)
        rows.append(
            FitRow("share absent", name, "spells", share, low, high, "%", rate.spell_days, 0, 0, None, rate.said_by)
        )
    return rows


def _row(what: str, subject: str, fit: Fit, unit: str, sample: Sample, said_by: str, judges: bool) -> FitRow:
    error = 1.96 * fit.log_mean_error
    judged = None
    if judges and sample.num_ended >= FEWEST_JUDGED:
        judged = judge_fit(sample, fit, subject).probability
    low, high = fit.mean * exp(-error), fit.mean * exp(error)
    law = NAMES.get(fit.law, "fixed")
    shape = float(np.round(fit.shape, 4))
    return FitRow(
        what, subject, law, fit.mean, low, high, unit, shape, sample.num_ended, sample.size - sample.num_ended, judged,
        said_by,
    )  # fmt: skip
