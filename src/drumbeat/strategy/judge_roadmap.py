"""Let the twin judge the short list of a roadmap: the chosen one, the usual ways and the front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.strategy.compile_roadmap import CompiledRoadmap, RoadmapTerms, compile_initiatives
from drumbeat.strategy.compile_twin_plant import compile_twin_plant
from drumbeat.strategy.engine.roadmap.draw_futures import Futures
from drumbeat.strategy.engine.roadmap.judge_by_twin import Judgement, JudgeParams, judge_by_twin
from drumbeat.strategy.engine.roadmap.optimise import StudyParams, fresh_futures
from drumbeat.strategy.engine.roadmap.problem import NEVER, RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap
from drumbeat.strategy.tell_twin import tell_row, tell_verdict


@dataclass(frozen=True)
class TwinRun:
    """A short list as the twin judges it.

    Parameters
    ----------
    names
        Of the roadmaps; the first is the one that the throughput model chose.
    also
        Other names of the same roadmaps.
    judgement
        Values, P(best) and expected loss, in the order of the names.
    currency
        Of all money.
    findings
        What is assumed of the floor.
    """

    names: tuple[str, ...]
    also: tuple[tuple[str, ...], ...]
    judgement: Judgement
    currency: str
    findings: Findings

    @property
    def verdict(self) -> str:
        """Whether the twin would choose the same, and how sure that is."""
        return tell_verdict(self.names, self.judgement, self.currency)

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        rows = []
        for number, (name, value) in enumerate(zip(self.names, self.judgement.values, strict=True)):
            rows.append({
                "name": name, "also": list(self.also[number]), "value": value.value.value, "low": value.value.low,
                "high": value.value.high, "p10": value.spread.quantile(0.1), "p50": value.spread.quantile(0.5),
                "p90": value.spread.quantile(0.9), "loss_probability": value.spread.loss_probability,
                "by_model": value.by_model, "futures": value.futures,
                "probability_best": float(self.judgement.weighing.probability_best[number]),
                "expected_loss": float(self.judgement.weighing.expected_loss[number]),
                "in_time": _known(value.in_time), "in_time_of_nothing": _known(value.in_time_of_nothing),
                "sentence": tell_row(value, self.currency),
            })  # fmt: skip
        return {
            "verdict": self.verdict, "best": self.names[self.judgement.best], "rows": rows,
            "agreement": _known(self.judgement.agreement), "periods_played": self.judgement.plays,
            "findings": self.findings.as_json(),
        }  # fmt: skip


def _known(value: float) -> float | None:
    return value if value == value else None


def judge_roadmaps(
    snapshot: Snapshot, compiled: CompiledRoadmap, named: Sequence[tuple[str, Roadmap]], futures: Futures,
    params: JudgeParams | None = None, progress: Progress = silent,
) -> TwinRun:  # fmt: skip
    """Let the twin play roadmaps, and say what it makes of them.

    Parameters
    ----------
    snapshot, compiled
        The production system, and the roadmap problem compiled from it.
    named
        Name and roadmap; the first is the one that was chosen. Equal ones are played once.
    futures
        In which the throughput model judged them; the twin plays the first of them.
    params
        How long it plays; None = the defaults.
    progress
        Hears of each step; may raise `Cancelled`.

    Raises
    ------
    InputError
        When the plant cannot be played.
    """
    names: dict[bytes, list[str]] = {}
    for name, roadmap in named:
        names.setdefault(roadmap.key(), []).append(name)
    roadmaps = {roadmap.key(): roadmap for _, roadmap in named}
    progress(0.0, "reading the plant")
    plant, findings = compile_twin_plant(snapshot, compiled)
    judged = judge_by_twin(compiled.problem, plant, [roadmaps[key] for key in names], futures, params,
                           part_of(progress, 0.05, 1.0))  # fmt: skip
    told = list(names.values())
    return TwinRun(
        tuple(one[0] for one in told),
        tuple(tuple(one[1:]) for one in told),
        judged,
        compiled.problem.currency,
        findings,
    )


def judge_stored(
    snapshot: Snapshot, version: str, terms: dict[str, Any], content: dict[str, Any],
    params: JudgeParams | None = None, progress: Progress = silent,
) -> TwinRun:  # fmt: skip
    """Judge a stored roadmap's short list on the data that it was made from.

    Parameters
    ----------
    snapshot
        The data as they are now.
    version, terms, content
        Of the stored roadmap.
    params, progress
        As for `judge_roadmaps`.

    Raises
    ------
    InputError
        When the data have changed since.
    """
    if snapshot.version != version:
        rule, remedy = "a roadmap is judged on the data that it was made from", "Plan the roadmap anew, then judge it"
        raise InputError(Finding("roadmap", rule, remedy, value=f"made from {version}, now {snapshot.version}"))
    compiled = compile_initiatives(snapshot, RoadmapTerms(**_some(RoadmapTerms, terms)), part_of(progress, 0.0, 0.05))
    study = StudyParams(**_some(StudyParams, terms | {"cautions": tuple(terms.get("cautions", (0.0,)))}))
    told = [content["chosen"], *content["others"], *content["front"]]
    named = [(one["name"], restore_roadmap(compiled.problem, one)) for one in told]
    futures = fresh_futures(compiled.problem, study)
    return judge_roadmaps(snapshot, compiled, named, futures, params, part_of(progress, 0.05, 1.0))


def _some(kind: Any, terms: dict[str, Any]) -> dict[str, Any]:
    return {one.name: terms[one.name] for one in fields(kind) if one.name in terms}


def restore_roadmap(problem: RoadmapProblem, told: dict[str, Any]) -> Roadmap:
    """Make a roadmap of its plain values: starts and stops by code, one a way."""
    shape = (problem.num_ways, problem.num_initiatives)
    starts, stops = np.full(shape, NEVER, np.int64), np.full(shape, NEVER, np.int64)
    place = {str(key): i for i, key in enumerate(problem.initiatives.keys)}
    for table, rows in ((starts, told["starts"]), (stops, told["stops"])):
        for code, periods in rows.items():
            table[:, place[code]] = periods
    return Roadmap(starts, stops, told["name"])
