"""Compare ways to run the plant with today's, on the same luck: which is better, how sure that is, what it may cost.

>>> from drumbeat.twin.compare import compare                                    # doctest: +SKIP
>>> found = compare([today, press, shift], Effort(replications=1000))            # doctest: +SKIP
>>> found.verdict                                                                # doctest: +SKIP
'Second press is better than Today with 97 %. Choosing it is expected to lose 0.2 points against the best.'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.findings import Findings
from drumbeat.basics.intervals import Interval, paired_interval
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.twin.compare_verdict import tell_design, tell_verdict
from drumbeat.twin.engine.answers.compare_designs import compare_designs
from drumbeat.twin.engine.answers.summarise import Summary, summarise
from drumbeat.twin.engine.select.result import Weighing
from drumbeat.twin.engine.select.weigh_choice import weigh_choice
from drumbeat.twin.measure_design import KPIS, Design, Effort, Kpi, Played, try_design

SHOWN_ORDERS = 20
"""Orders that change most, by design."""

SURE = 0.95


@dataclass(frozen=True, slots=True)
class KpiComparison:
    """One KPI over all designs that were played.

    Parameters
    ----------
    kpi
        Which.
    summaries
        Mean and P10, P50, P90 of each design, each with its interval.
    differences
        Each design less the first; all intervals hold at once (Bonferroni).
    p_values
        Two-sided, corrected for many comparisons (Holm); shape (D,).
    better
        Probability that each design is better than the first, from the paired differences; 0.5 where nothing differs.
    weighing
        P(best) and expected loss of each design.
    """

    kpi: Kpi
    summaries: tuple[Summary, ...]
    differences: tuple[Interval, ...]
    p_values: tuple[float, ...]
    better: tuple[float, ...]
    weighing: Weighing


@dataclass(frozen=True)
class ComparisonRun:
    """A comparison of designs.

    Parameters
    ----------
    designs
        Those that were played, in the order given; the first is what the others are compared with.
    played
        What each of them gave.
    failed
        Those that could not be played, with the findings that say why.
    kpis
        In the order of `KPIS`; without those that the data do not give. Empty when nothing was played.
    changed
        Orders that change most, by name of the design: order, item, site, due_at, probability_before,
        probability, gain, gain_low, gain_high (intervals that hold for all orders at once), p80_shift_hours.
    effort
        How it was made.
    """

    designs: tuple[Design, ...]
    played: tuple[Played, ...]
    failed: tuple[tuple[Design, Findings], ...]
    kpis: tuple[KpiComparison, ...]
    changed: dict[str, pl.DataFrame]
    effort: Effort

    @property
    def best(self) -> int:
        """Place of the design with the best mean of the first KPI; -1 when nothing was played."""
        return self.kpis[0].weighing.best if self.kpis else -1

    @property
    def verdict(self) -> str:
        """The choice in a sentence or two."""
        return tell_verdict(self)

    def as_json(self) -> dict[str, Any]:
        """Return everything but single replications in plain values: for files, the API and the page."""
        return {
            "verdict": self.verdict,
            "best": self.designs[self.best].name if self.kpis else "",
            "replications": self.effort.replications,
            "seed": self.effort.seed,
            "designs": [
                {
                    "name": design.name, "code": design.code,
                    "version": design.snapshot.version if design.snapshot else "",
                    "verdict": tell_design(self, number), "num_orders": played.orders.height,
                    "num_unplaced": played.num_unplaced, "findings": played.findings.as_json(),
                    "changed": _to_plain(self.changed.get(design.name)),
                }
                for number, (design, played) in enumerate(zip(self.designs, self.played, strict=True))
            ],
            "failed": [
                {"name": design.name, "code": design.code, "findings": found.as_json()} for design, found in self.failed
            ],
            "kpis": [_kpi_to_plain(one) for one in self.kpis],
        }  # fmt: skip


def compare(designs: Sequence[Design], effort: Effort = Effort(), progress: Progress = silent) -> ComparisonRun:  # noqa: B008 - frozen
    """Plan, schedule and replay each design on the same luck, and compare all of them with the first.

    Parameters
    ----------
    designs
        Today first, as a rule; names are distinct. A design that cannot be played is reported, the others go on. One
        design alone is measured, and is the best of one.
    effort
        How much work goes into each; equal data give equal results.
    progress
        Hears how far it is; may raise `Cancelled`.

    Returns
    -------
    ComparisonRun
        Without KPIs when no design can be played.

    Raises
    ------
    ValueError
        When two designs have one name.
    """
    names = [design.name for design in designs]
    if len(set(names)) < len(names):
        raise ValueError(f"designs have distinct names, not {', '.join(names)}")
    done: list[tuple[Design, Played]] = []
    failed: list[tuple[Design, Findings]] = []
    known: dict[str, Played] = {}
    for number, design in enumerate(designs):
        part = part_of(progress, number / len(designs), (number + 1) / len(designs))
        part(0.0, f"playing {design.name}")
        version = design.snapshot.version if design.snapshot is not None else ""
        played, findings = known.get(version), design.findings
        if played is None:
            played, findings = try_design(design, effort, part)
        if played is None:
            failed.append((design, findings))
        else:
            known[version] = played
            done.append((design, played))
    plays = tuple(played for _, played in done)
    return ComparisonRun(
        designs=tuple(design for design, _ in done),
        played=plays,
        failed=tuple(failed),
        kpis=_compare_kpis(plays, effort.seed),
        changed={design.name: find_changed(plays[0], played) for design, played in done[1:]},
        effort=effort,
    )


def _compare_kpis(plays: Sequence[Played], seed: int) -> tuple[KpiComparison, ...]:
    found = []
    for row, kpi in enumerate(KPIS):
        if not plays or any(np.isnan(played.values[row]).any() for played in plays):
            continue
        values = np.stack([played.values[row] for played in plays])
        told = compare_designs(values)
        found.append(
            KpiComparison(
                kpi=kpi,
                summaries=tuple(summarise(one) for one in values),
                differences=told.differences,
                p_values=tuple(float(p) for p in told.p_values),
                better=tuple(
                    0.5 if number == 0 else _probability_better(values[[0, number]], kpi.higher_is_better, seed)
                    for number in range(len(values))
                ),
                weighing=weigh_choice(values, higher_is_better=kpi.higher_is_better, seed=seed),
            )
        )
    return tuple(found)


def _probability_better(pair: np.ndarray, higher_is_better: bool, seed: int) -> float:
    weighed = weigh_choice(pair, higher_is_better=higher_is_better, seed=seed)
    return float(weighed.probability_best[1])


def find_changed(before: Played, after: Played) -> pl.DataFrame:
    """Find the orders of both designs that change most: by their chance to be on time, then by when they end.

    Returns
    -------
    At most `SHOWN_ORDERS` rows, as `ComparisonRun.changed` says; only orders that change at all.
    """
    rows = {str(key): row for row, key in enumerate(before.orders["key"])}
    pairs = [(rows[key], row) for row, key in enumerate(after.orders["key"]) if key in rows]
    first, second = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    moved = after.orders[second].with_columns(
        before.orders["probability"][first].alias("probability_before"),
        (pl.col("p80_end") - before.orders["p80_end"][first]).alias("p80_shift_hours"),
    )
    moved = moved.with_columns((pl.col("probability") - pl.col("probability_before")).alias("gain")).with_row_index()
    moved = moved.filter((pl.col("gain") != 0) | (pl.col("p80_shift_hours").abs() > 0))
    moved = moved.sort(pl.col("gain").abs(), pl.col("p80_shift_hours").abs(), descending=True, nulls_last=True)
    moved = moved.head(SHOWN_ORDERS)
    confidence = 1.0 - (1.0 - SURE) / max(len(pairs), 1)
    intervals = [
        paired_interval(after.on_time[second[row]], before.on_time[first[row]], confidence) for row in moved["index"]
    ]
    return moved.with_columns(
        pl.Series("gain_low", [max(one.low, -1.0) for one in intervals], dtype=pl.Float64),
        pl.Series("gain_high", [min(one.high, 1.0) for one in intervals], dtype=pl.Float64),
    ).select(
        "order", "item", "site", "due_at", "probability_before", "probability", "gain", "gain_low", "gain_high",
        "p80_shift_hours",
    )  # fmt: skip


def _to_plain(frame: pl.DataFrame | None) -> list[dict[str, Any]]:
    if frame is None:
        return []
    return frame.with_columns(pl.col("due_at").dt.to_string("iso:strict")).to_dicts()


def _kpi_to_plain(one: KpiComparison) -> dict[str, Any]:
    rows = []
    for number, summary in enumerate(one.summaries):
        rows.append({
            "mean": summary.mean.value, "low": _finite(summary.mean.low), "high": _finite(summary.mean.high),
            "p10": summary.p10.value, "p50": summary.p50.value, "p90": summary.p90.value,
            "difference": one.differences[number].value, "difference_low": _finite(one.differences[number].low),
            "difference_high": _finite(one.differences[number].high), "p_value": one.p_values[number],
            "better_than_first": one.better[number],
            "probability_best": float(one.weighing.probability_best[number]),
            "expected_loss": float(one.weighing.expected_loss[number]),
        })  # fmt: skip
    kpi = one.kpi
    return {
        "name": kpi.name, "label": kpi.label, "unit": kpi.unit, "higher_is_better": kpi.higher_is_better,
        "designs": rows,
    }  # fmt: skip


def _finite(value: float) -> float | None:
    """JSON has no infinity."""
    return value if np.isfinite(value) else None
