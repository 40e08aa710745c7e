"""Judge what forecasting is given, and what it gives back."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.findings import Finding, Findings
from drumbeat.demand.engine.problem import Effects, History
from drumbeat.demand.engine.result import Forecast


def check_history(history: History, horizon: int, effects: Effects | None = None) -> Findings:
    """Find what is wrong with past demand: sizes, negative or missing numbers, a horizon below 1."""
    findings = Findings()
    remedy = "Mend the history"
    if horizon < 1:
        findings.add(Finding("horizon", "a horizon is 1 period or more", "Ask for at least 1", value=str(horizon)))
    if history.cycle < 1:
        findings.add(Finding("cycle", "a season is 1 period or more", "Enter 12 for months", value=str(history.cycle)))
    size = len(history.values)
    if len(history.keys) != history.num_series or history.ptr[0] != 0 or history.ptr[-1] != size:
        findings.add(Finding("history", "every series has a key, and every value a series", remedy))
        return findings
    if (np.diff(history.ptr) < 0).any() or len(history.is_short) not in (0, size):
        findings.add(Finding("history", "series follow each other, and marks are as many as values", remedy))
        return findings
    bad = np.flatnonzero(~(np.isfinite(history.values) & (history.values >= 0)))
    for row in bad[:50]:
        series = int(np.searchsorted(history.ptr, row, side="right")) - 1
        value = f"{history.keys[series]}: {history.values[row]}"
        findings.add(Finding("history", "demand is a number of 0 or more", "Enter 0 where there was none", value=value))
    if effects is not None:
        shape = (history.num_series, horizon, len(effects.names))
        if effects.past.shape != (size, len(effects.names)) or effects.future.shape != shape:
            value = f"{effects.past.shape} and {effects.future.shape}"
            findings.add(
                Finding("effects", f"effects have the shapes {(size, shape[2])} and {shape}", remedy, value=value)
            )
        elif len(effects.group) not in (0, history.num_series) or (effects.group < 0).any():
            findings.add(Finding("effects", "every series has its group, a number from 0", remedy))
        elif not (np.isfinite(effects.past).all() and np.isfinite(effects.future).all()):
            findings.add(Finding("effects", "an effect is a number", "Fill what is missing"))
    return findings


def check_forecast(history: History, result: Forecast) -> Findings:
    """Judge a forecast: nothing negative, nothing missing, weights that sum to one."""
    findings = Findings()
    remedy = "Report this forecast: what made it broke the rule"
    has_demand = np.add.reduceat(np.append(history.values, 0.0), history.ptr[:-1]) > 0 if len(history.keys) else []
    has_demand = np.asarray(has_demand) & (np.diff(history.ptr) > 0)
    for name, part in (("mean", result.mean), ("spread", result.spread)):
        if not (np.isfinite(part).all() and (part >= 0).all()):
            findings.add(Finding(name, "every number is 0 or more", remedy))
    off = np.abs(result.weights.sum(axis=1) - has_demand) > 1e-9
    for row in np.flatnonzero(off)[:50]:
        findings.add(Finding("weights", "weights sum to 1", remedy, value=str(result.keys[row])))
    return findings
