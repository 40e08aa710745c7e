"""Judge a roadmap by the rules of its problem, independently of what made it."""

from __future__ import annotations

from drumbeat.basics.findings import Finding, Findings
from drumbeat.strategy.engine.roadmap.problem import NEVER, RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap

ROUNDING = 1e-6


def check_roadmap(problem: RoadmapProblem, roadmap: Roadmap) -> Findings:
    """Find every rule that a roadmap breaks.

    Parameters
    ----------
    problem, roadmap
        What was asked, and what came out.

    Returns
    -------
    Findings
        Starts outside their window or without what is committed, prerequisites not built in time, exclusions, budgets,
        engineers, initiatives at once, and decisions that know the future; none where all is kept.
    """
    findings = Findings()
    for way in range(problem.num_ways):
        _check_starts(problem, roadmap, way, findings)
        _check_means(problem, roadmap, way, findings)
    _check_knowledge(problem, roadmap, findings)
    return findings


def _add(findings: Findings, way: int, rule: str, value: str) -> None:
    findings.add(Finding(f"way {way}", rule, "Correct the roadmap", value=value))


def _check_starts(problem: RoadmapProblem, roadmap: Roadmap, way: int, findings: Findings) -> None:
    own, starts = problem.initiatives, roadmap.starts[way]
    for i, start in enumerate(starts.tolist()):
        key = str(own.keys[i])
        if start == NEVER:
            if own.is_committed[i]:
                _add(findings, way, "what is committed is in every roadmap", key)
            continue
        if not own.earliest[i] <= start <= own.latest[i]:
            _add(findings, way, "a start is from the earliest to the latest", f"{key} in {start}")
        for j in range(len(starts)):
            if own.requires[i, j] and (starts[j] == NEVER or starts[j] + own.build[j] > start):
                _add(findings, way, "what is required is built before", f"{key} requires {own.keys[j]}")
            if own.excludes[i, j] and starts[j] != NEVER and i < j:
                _add(findings, way, "what is excluded is not done", f"{key} excludes {own.keys[j]}")
        stop = int(roadmap.stops[way, i])
        if stop != NEVER and (stop >= own.gate_age.shape[1] or own.gate_age[i, stop] < 0):
            _add(findings, way, "it is stopped at a gate that it has", f"{key} at gate {stop}")


def _check_means(problem: RoadmapProblem, roadmap: Roadmap, way: int, findings: Findings) -> None:
    own, means = problem.initiatives, problem.means
    functions = len(means.function_names)
    for period in range(problem.num_periods):
        spent, engineers, busy = [0.0] * (functions + 1), 0.0, 0
        for i, start in enumerate(roadmap.starts[way].tolist()):
            if start == NEVER or start > period:
                continue
            age = period - start
            stop = int(roadmap.stops[way, i])
            last = age if stop == NEVER else min(age, int(own.gate_age[i, stop]))
            for f in range(functions):
                spent[f] += float(own.cost[i, f, : last + 1].sum())
                spent[functions] += float(own.cost[i, f, : last + 1].sum())
            if age > last:
                continue
            engineers += float(own.engineering[i, age])
            busy += int(own.is_busy[i, age])
        for f, money in enumerate(spent):
            if money > means.budget[f, period] * (1 + ROUNDING) + ROUNDING:
                who = "all" if f == functions else str(means.function_names[f])
                _add(findings, way, "a budget is kept", f"{who}, by the end of period {period}: {money:,.0f}")
        if engineers > means.engineering[period] + ROUNDING:
            _add(findings, way, "there are engineers for what is under way", f"period {period}: {engineers:.2f} weeks")
        if busy > means.most_at_once[period]:
            _add(findings, way, "no more is under way than can be absorbed", f"period {period}: {busy}")


def _check_knowledge(problem: RoadmapProblem, roadmap: Roadmap, findings: Findings) -> None:
    own = problem.initiatives
    for way in range(problem.num_ways):
        for other in range(way):
            apart = problem.outlook.first_apart(way, other)
            for i in range(problem.num_initiatives):
                a, b = int(roadmap.starts[way, i]), int(roadmap.starts[other, i])
                early = [start for start in (a, b) if start != NEVER and start < apart]
                if a != b and early:
                    _add(findings, way, "nothing is decided by what is not known yet", f"{own.keys[i]} in {early[0]}")
                for gate, start in ((int(roadmap.stops[way, i]), a), (int(roadmap.stops[other, i]), b)):
                    is_early = gate != NEVER and start != NEVER and start + own.gate_age[i, gate] < apart
                    if roadmap.stops[way, i] != roadmap.stops[other, i] and is_early:
                        _add(findings, way, "nothing is stopped by what is not known yet", str(own.keys[i]))
