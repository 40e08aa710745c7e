"""Execution confidence: how probable it is that what was promised is kept, by how past promises fared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from drumbeat.basics.arrays import Bools, Floats
from drumbeat.strategy.engine.director.result import DirectorKpi, Evidence, KpiPart

LEAST_RESOLVED = 10
"""With fewer outcomes, a correction of the stated probabilities would be a guess."""
LOWEST, HIGHEST = 0.01, 0.99
"""Stated certainties count as this: nobody is certain."""
_GRID = 121


@dataclass(frozen=True, slots=True)
class Commitment:
    """Something promised: what, by when, at which cost, for which benefit, and how sure whoever promised it was.

    Parameters
    ----------
    code, name, function
        What it is, and who promised it.
    probability
        Stated when it was made: that milestones, budget and benefit are all met; 0 to 1.
    due_on
        When it is to be done.
    is_resolved
        Whether the outcome is known.
    is_on_time, is_in_budget, is_beneficial
        Whether milestones, budget and benefit were met; True where none was promised. Only with an outcome.
    """

    code: str
    name: str
    function: str
    probability: float
    due_on: date
    is_resolved: bool = False
    is_on_time: bool = True
    is_in_budget: bool = True
    is_beneficial: bool = True

    @property
    def is_kept(self) -> bool:
        """Whether all three were met."""
        return self.is_on_time and self.is_in_budget and self.is_beneficial


@dataclass(frozen=True, slots=True)
class Calibration:
    """What past promises say of a stated probability p: logit(true) = shift + slope x logit(p), with its uncertainty.

    Parameters
    ----------
    shift, slope, weight
        Shape (G,): values that the two may have, and how probable each pair is after the outcomes; sums to 1.
    """

    shift: Floats
    slope: Floats
    weight: Floats

    def correct(self, stated: Sequence[float]) -> Floats:
        """Return what each stated probability is worth, by pair; shape (G, number of promises)."""
        logits = _logit(np.clip(np.asarray(stated, dtype=np.float64), LOWEST, HIGHEST))
        corrected: Floats = 1.0 / (1.0 + np.exp(-(self.shift[:, None] + self.slope[:, None] * logits[None, :])))
        return corrected


def brier_score(stated: Sequence[float], kept: Sequence[bool]) -> float:
    """Return the mean squared difference of stated probabilities and outcomes (Brier 1950): 0 is perfect.

    Raises
    ------
    ValueError
        When there are none, or not as many outcomes as probabilities.
    """
    if not stated or len(stated) != len(kept):
        raise ValueError(f"a Brier score needs one outcome a probability, not {len(kept)} for {len(stated)}")
    return float(np.mean((np.asarray(stated, dtype=np.float64) - np.asarray(kept, dtype=np.float64)) ** 2))


def brier_skill(stated: Sequence[float], kept: Sequence[bool]) -> float | None:
    """Return by how much stated probabilities beat the share that was kept, used for all; 1 is perfect, 0 no better.

    Returns
    -------
    None where all were kept or none: then that share alone is perfect, and nothing is left to beat.
    """
    share = float(np.mean(np.asarray(kept, dtype=np.float64)))
    usual = share * (1.0 - share)
    return None if usual <= 0 else 1.0 - brier_score(stated, kept) / usual


def calibrate(stated: Sequence[float], kept: Sequence[bool]) -> Calibration:
    """Learn from outcomes how stated probabilities are to be corrected.

    Parameters
    ----------
    stated, kept
        Of promises whose outcome is known; may be empty: then the prior comes back.

    Notes ----- Platt's (1999) two parameters, Bayesian: before any outcome the shift is normal around 0 with deviation
    1 and the slope normal around 1 with deviation 0.5, cut at 0, so that few outcomes correct little. Summed over a
    grid: no draws.
    """
    pairs = np.meshgrid(np.linspace(-4, 4, _GRID), np.linspace(0, 3, _GRID // 2 + 1), indexing="ij")
    shift, slope = pairs[0].ravel(), pairs[1].ravel()
    score = -0.5 * shift**2 - 0.5 * ((slope - 1.0) / 0.5) ** 2
    if len(stated):
        outcome: Bools = np.asarray(kept, dtype=np.bool_)
        logits = _logit(np.clip(np.asarray(stated, dtype=np.float64), LOWEST, HIGHEST))
        raised = shift[:, None] + slope[:, None] * logits[None, :]
        score = score - np.logaddexp(0.0, np.where(outcome, -raised, raised)).sum(axis=1)
    weight = np.exp(score - score.max())
    return Calibration(shift, slope, weight / weight.sum())


def _logit(share: Floats) -> Floats:
    logits: Floats = np.log(share / (1.0 - share))
    return logits


def weighted_quantile(values: Floats, weight: Floats, share: float) -> float:
    """Return the value below which `share` (0 to 1) of the weight lies."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    return float(values[order[min(int(np.searchsorted(reached, share * reached[-1])), values.size - 1)]])


def measure_confidence(commitments: Sequence[Commitment]) -> DirectorKpi:
    """Measure execution confidence.

    Parameters
    ----------
    commitments
        Open and resolved ones.

    Returns ------- The mean probability that an open commitment meets milestones, budget and benefit; unknown with
    fewer than 10 resolved ones, or when none is open.
    """
    done = sorted((one for one in commitments if one.is_resolved), key=lambda one: (one.due_on, one.code))
    ahead = sorted((one for one in commitments if not one.is_resolved), key=lambda one: (one.due_on, one.code))
    stated, kept = [one.probability for one in done], [one.is_kept for one in done]
    enough = len(done) >= LEAST_RESOLVED
    value = low = high = None
    each: Floats = np.zeros(0)
    if enough and ahead:
        calibration = calibrate(stated, kept)
        corrected = calibration.correct([one.probability for one in ahead])
        each = calibration.weight @ corrected
        mean = corrected.mean(axis=1)
        value = float(each.mean())
        low, high = (weighted_quantile(mean, calibration.weight, share) for share in (0.1, 0.9))
    return DirectorKpi(
        key="execution_confidence",
        name="Execution confidence",
        value=value,
        low=low,
        high=high,
        unit="share",
        better="up",
        measure="Probability that milestones, budget and benefit of what is promised are all met",
        formula="Mean over open commitments, each alike, of the stated probability, corrected by the outcomes of past "
        "ones: logit(p) = a + b logit(stated), Bayesian (Platt 1999). Brier (1950), skill against the share kept",
        words=_words(value, len(ahead), len(done)),
        parts=_parts(done, ahead, stated, kept),
        evidence=_evidence(done, ahead, each),
        n=len(done),
        counted="resolved commitments",
        note="" if enough else f"{len(done)} of at least {LEAST_RESOLVED} commitments have an outcome",
    )


def _words(value: float | None, num_ahead: int, num_done: int) -> str:
    if value is not None:
        return f"Of {num_ahead} open commitments, {value * num_ahead:.1f} are expected to be kept in full"
    if num_done < LEAST_RESOLVED:
        return "Too few outcomes are known to say what promises are worth"
    return "No commitment is open"


def _parts(
    done: Sequence[Commitment], ahead: Sequence[Commitment], stated: list[float], kept: list[bool]
) -> tuple[KpiPart, ...]:
    if not done:
        return ()
    claimed = float(np.mean([one.probability for one in ahead])) if ahead else None
    met = {
        "Milestones met": [one.is_on_time for one in done],
        "Budgets met": [one.is_in_budget for one in done],
        "Benefits met": [one.is_beneficial for one in done],
    }
    return (
        KpiPart("Stated for the open ones", claimed, note="as whoever promised it says"),
        KpiPart("Kept in full so far", float(np.mean(kept)), note=f"{sum(kept)} of {len(kept)}"),
        *(KpiPart(name, float(np.mean(values)), note="of resolved commitments") for name, values in met.items()),
        KpiPart("Brier score", brier_score(stated, kept), unit="", note="0 is perfect, .25 is a coin"),
        KpiPart("Brier skill", brier_skill(stated, kept), unit="", note="above 0: better than the share kept"),
    )


def _evidence(done: Sequence[Commitment], ahead: Sequence[Commitment], each: Floats) -> tuple[Evidence, ...]:
    open_rows = [
        {
            "code": one.code, "what": one.name, "function": one.function, "due": one.due_on.isoformat(),
            "stated": one.probability, **({"corrected": round(float(each[i]), 3)} if each.size else {}),
        }
        for i, one in enumerate(ahead)
    ]  # fmt: skip
    past_rows = [
        {
            "code": one.code, "what": one.name, "function": one.function, "due": one.due_on.isoformat(),
            "stated": one.probability, "on time": one.is_on_time, "in budget": one.is_in_budget,
            "benefit met": one.is_beneficial,
        }
        for one in reversed(done)
    ]  # fmt: skip
    tables = (("Open commitments", open_rows), ("What became of past ones", past_rows))
    return tuple(Evidence(title, "commitment", tuple(rows[:50]), len(rows)) for title, rows in tables if rows)
