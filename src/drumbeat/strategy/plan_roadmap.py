"""Plan a roadmap: which initiatives, when, in which order, what it is worth, and why."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl
from django.db import transaction

from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.compile_roadmap import CompiledRoadmap, RoadmapTerms, compile_initiatives
from drumbeat.strategy.engine.roadmap.bound_roadmaps import bound_roadmaps
from drumbeat.strategy.engine.roadmap.draw_futures import draw_futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel
from drumbeat.strategy.engine.roadmap.explain import Reason, explain_roadmap
from drumbeat.strategy.engine.roadmap.judge_by_twin import JudgeParams
from drumbeat.strategy.engine.roadmap.optimise import Study, StudyParams, study_roadmaps
from drumbeat.strategy.engine.roadmap.problem import NEVER
from drumbeat.strategy.engine.roadmap.result import Roadmap
from drumbeat.strategy.judge_roadmap import TwinRun, judge_roadmaps
from drumbeat.strategy.measure_roadmap import RoadmapFigures, measure_roadmap
from drumbeat.strategy.tell_roadmap import tell_bound, tell_comparisons, tell_reason

BOUND_SECONDS = 5.0
"""For how long the bound is tightened: what it is by then holds."""

REASON_FUTURES = 200
"""Futures in which reasons are found: their order of size is what counts."""


@dataclass(frozen=True)
class RoadmapRun:
    """A roadmap, what else there is to choose from, and the reasons.

    Parameters
    ----------
    compiled, study
        What the engine was given, and what it gave back.
    chosen
        Figures of the chosen roadmap.
    others
        Figures of doing nothing else but: the best fixed one, the greedy one, the plan on averages.
    front
        Figures of the roadmaps on the front of value against risk, the boldest first.
    comparisons
        Sentences: what choosing it gains over the others, with intervals.
    reasons
        By initiative in the order of the roadmap: the engine's reasons, and the sentences.
    version
        Version of the data.
    as_of
        Their moment.
    bound
        What no roadmap's mean value in the same futures exceeds, against doing nothing; inf = none was found in time.
    twin
        What the twin makes of the short list; None = it was not asked.
    """

    compiled: CompiledRoadmap
    study: Study
    chosen: RoadmapFigures
    others: tuple[RoadmapFigures, ...]
    front: tuple[RoadmapFigures, ...]
    comparisons: list[dict[str, Any]]
    reasons: list[tuple[Reason, list[str]]]
    version: str
    as_of: datetime
    bound: float
    twin: TwinRun | None = None

    @property
    def initiatives(self) -> pl.DataFrame:
        """order, code, name, kind, function, start (of the likeliest way), ways (in how many of all it starts), worth,
        why: one row an initiative."""
        return tell_initiatives(self.compiled, self.study.chosen, self.reasons)

    @property
    def currency(self) -> str:
        """Of all money."""
        return self.compiled.problem.currency

    @property
    def cash(self) -> pl.DataFrame:
        """period_start, mean, p10, p50, p90 of the cash of each period, and of the sum until its end."""
        return self.chosen.cash_frame(self.compiled.starts)


def plan_roadmap(
    snapshot: Snapshot, terms: RoadmapTerms | None = None, params: StudyParams | None = None,
    progress: Progress = silent, *, by_twin: JudgeParams | None = None,
) -> RoadmapRun:  # fmt: skip
    """Plan a roadmap of a snapshot's initiatives. Nothing is stored.

    Parameters
    ----------
    snapshot
        The production system; see `drumbeat.strategy.compile_roadmap` for the rules by which it is read.
    terms
        Horizon and rates; None = three years in quarters, 8 %.
    params
        How hard to look; None = the defaults.
    progress
        Hears of each step.
    by_twin
        How long the twin plays the short list at the end; None = the throughput model alone judges.

    Returns
    -------
    RoadmapRun
        Without initiatives, a roadmap that does nothing and is worth nothing.

    Raises
    ------
    InputError
        When prerequisites lead in a circle, or a change cannot be made.
    """
    params = params or StudyParams()
    if by_twin is not None:
        run = plan_roadmap(snapshot, terms, params, part_of(progress, 0.0, 0.4))
        named = [(one.name, one.roadmap) for one in (run.chosen, *run.others, *run.front)]
        rest = part_of(progress, 0.4, 1.0)
        return replace(run, twin=judge_roadmaps(snapshot, run.compiled, named, run.study.futures, by_twin, rest))
    compiled = compile_initiatives(snapshot, terms, part_of(progress, 0.0, 0.15))
    study = study_roadmaps(compiled.problem, params, part_of(progress, 0.15, 0.85))
    progress(0.85, "finding the reasons")
    model = ThroughputModel(compiled.problem, params.cores)
    few = draw_futures(compiled.problem, REASON_FUTURES, params.seed + 77)
    reasons = explain_roadmap(compiled.problem, model, few, study.chosen)
    progress(0.95, "measuring")

    def measure(roadmap: Roadmap, name: str) -> RoadmapFigures:
        return measure_roadmap(compiled, model, study.futures, roadmap, name)

    others = (
        (study.fixed, "Best fixed roadmap"),
        (study.greedy, "Greedy by NPV"),
        (study.on_means, "Plan on averages"),
    )
    return RoadmapRun(
        compiled, study, measure(study.chosen, "Chosen"), tuple(measure(one, name) for one, name in others),
        tuple(measure(one, f"Choice {number}") for number, one in enumerate(study.front, 1)),
        tell_comparisons(compiled, study), [(one, tell_reason(compiled, study.chosen, one)) for one in reasons],
        snapshot.version, snapshot.as_of, bound_roadmaps(compiled.problem, study.futures, BOUND_SECONDS),
    )  # fmt: skip


def tell_initiatives(
    compiled: CompiledRoadmap, roadmap: Roadmap, reasons: list[tuple[Reason, list[str]]]
) -> pl.DataFrame:
    """Return the initiatives of a roadmap as rows, in the order of the reasons."""
    rows, starts = compiled.rows.to_dicts(), roadmap.starts
    told = []
    for order, (reason, sentences) in enumerate(reasons, 1):
        row = rows[reason.initiative]
        begins = [int(start) for start in starts[:, reason.initiative] if start != NEVER]
        first = reason.start if reason.start != NEVER else min(begins, default=NEVER)
        told.append(
            {
                "order": order if begins else None, "code": row["code"], "name": row["name"], "kind": str(row["kind"]),
                "function": str(row["function"]), "start": compiled.starts[first] if begins else None,
                "ways": len(begins), "worth": reason.worth, "why": " ".join(sentences),
            }
        )  # fmt: skip
    schema = {
        "order": pl.Int64, "code": pl.String, "name": pl.String, "kind": pl.String, "function": pl.String,
        "start": pl.Date, "ways": pl.Int64, "worth": pl.Float64, "why": pl.String,
    }  # fmt: skip
    return pl.DataFrame(told, schema=schema, orient="row")


def save_roadmap(run: RoadmapRun, params: StudyParams, created_at: datetime) -> Any:
    """Store a roadmap with all that its page shows, in one transaction.

    Returns
    -------
    RoadmapPlan
        The stored roadmap (`drumbeat.strategy.models.RoadmapPlan`).
    """
    from drumbeat.strategy.models import RoadmapPlan

    with transaction.atomic():
        return RoadmapPlan.objects.create(
            created_at=created_at, version=run.version, terms={**asdict(run.compiled.terms), **asdict(params)},
            summary=run.chosen.summary(), content=tell_content(run),
        )  # fmt: skip


def tell_content(run: RoadmapRun) -> dict[str, Any]:
    """Return a roadmap run as plain values, for the page, the API and JSON."""
    compiled = run.compiled
    return {
        "currency": compiled.problem.currency,
        "as_of": run.as_of.isoformat(),
        "starts": [day.isoformat() for day in compiled.starts],
        "period_months": compiled.terms.period_months,
        "ways": [
            {"name": str(name), "probability": float(chance)}
            for name, chance in zip(compiled.problem.outlook.names, compiled.problem.outlook.probability, strict=True)
        ],
        "initiatives": [
            {**row, "kind": str(row["kind"]), "function": str(row["function"]),
             "build_months": _months(compiled, i), "gates": [
                 {"month": gate["month"], "pass_probability": gate["pass_probability"], "criterion": gate["criterion"]}
                 for gate in compiled.gates[row["code"]]]}
            for i, row in enumerate(compiled.rows.to_dicts())
        ],
        "chosen": run.chosen.as_json(),
        "others": [one.as_json() for one in run.others],
        "front": [one.as_json() for one in run.front],
        "comparisons": run.comparisons,
        "reasons": [_tell_one(compiled, reason, sentences) for reason, sentences in run.reasons],
        "findings": compiled.findings.as_json(),
        "screened": run.study.screened,
        "futures": run.study.futures.count,
        "bound": {"value": run.bound, "sentence": tell_bound(run.chosen.worth.mean, run.bound, run.currency)}
        if math.isfinite(run.bound) else None,
        "twin": run.twin.as_json() if run.twin else None,
    }  # fmt: skip


def _months(compiled: CompiledRoadmap, i: int) -> float:
    """Months under way: until the effect begins."""
    periods: int = int(compiled.problem.initiatives.is_busy[i].sum())
    return float(periods * compiled.terms.period_months)


def _tell_one(compiled: CompiledRoadmap, reason: Reason, sentences: list[str]) -> dict[str, Any]:
    def number(value: float) -> float | None:
        return value if value == value and abs(value) != float("inf") else None

    return {
        "code": str(compiled.problem.initiatives.keys[reason.initiative]),
        "start": None if reason.start == NEVER else compiled.starts[reason.start].isoformat(),
        "worth": number(reason.worth), "cost_limit": number(reason.cost_limit),
        "effect_limit": number(reason.effect_limit), "delay_limit": number(reason.delay_limit), "sentences": sentences,
    }  # fmt: skip


def twin_frame(told: dict[str, Any]) -> pl.DataFrame:
    """Return what the twin makes of each roadmap as rows, for a workbook."""
    return pl.DataFrame(told["rows"], infer_schema_length=None).with_columns(pl.col("also").list.join(", "))


def list_tables(run: RoadmapRun) -> dict[str, pl.DataFrame]:
    """Return the tables of a roadmap for a workbook: initiatives, starts by way, cash, comparisons, front."""
    compiled, chosen = run.compiled, run.study.chosen
    ways = [str(name) for name in compiled.problem.outlook.names]
    days = [*compiled.starts[:-1], None]
    starts = {"code": [str(key) for key in compiled.problem.initiatives.keys]}
    told = {name: [days[start] for start in chosen.starts[way].tolist()] for way, name in enumerate(ways)}
    columns = ("name", "value", "low", "high", "p10", "p50", "p90", "worst_tenth", "loss_probability", "return_rate",
               "payback_years", "invested", "initiatives")  # fmt: skip
    figures = [{"name": one.name, **one.summary()} for one in (run.chosen, *run.others, *run.front)]
    twin = {"twin": twin_frame(run.twin.as_json())} if run.twin else {}
    return twin | {
        "initiatives": run.initiatives,
        "starts": pl.DataFrame(starts | told),
        "cash": run.cash,
        "compared": pl.DataFrame(run.comparisons).select("title", "value", "low", "high", "sentence"),
        "choices": pl.DataFrame(figures, infer_schema_length=None).select(columns),
    }
