"""What a problem uses: by this the portfolio picks who solves it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_START, Problem

PARTS = {
    "tardiness": "weighted_tardiness_hours",
    "makespan": "makespan_hours",
    "num_late": "num_late",
    "setup": "setup_hours",
    "setup_cost": "setup_cost",
    "earliness": "earliness_hours",
    "in_process": "in_process_hours",
    "overtime": "overtime_hours",
    "hold_pay": "hold_pay",
    "moved_hours": "moved_hours",
    "moved_tasks": "moved_tasks",
    "changed_modes": "changed_modes",
}
"""Parts of the objective, by the name of their weight, and the field of `Worth` that holds each."""

REGULAR = frozenset({"tardiness", "makespan", "num_late"})
"""Parts that never get better by starting later."""


@dataclass(frozen=True, slots=True)
class Features:
    """What a problem uses and what it aims at.

    Parameters
    ----------
    aims
        Names of the parts of the objective with a weight (or named in its order).
    is_single
        Every mode holds one unit of one resource of capacity 1.
    is_chain
        Links are finish-start without lags, and every task has at most one before it and one after it, in its job.
    is_flexible
        Some task has several modes.
    has_calendars, has_setups, has_materials, has_skills, has_batches, has_campaigns, has_setup_crews, has_fixed,
    has_options, has_most, has_other_links, has_releases, has_deadlines, has_order_groups, has_tanks, has_budgets
        Whether anything of that kind binds. `has_other_links`: kinds other than finish-start, or lags.
        `has_options`: tasks that may be left out. `has_most`: links with a most.
    """

    num_tasks: int
    aims: frozenset[str]
    is_single: bool
    is_chain: bool
    is_flexible: bool
    has_calendars: bool
    has_setups: bool
    has_materials: bool
    has_skills: bool
    has_batches: bool
    has_campaigns: bool
    has_setup_crews: bool
    has_fixed: bool
    has_options: bool
    has_most: bool
    has_other_links: bool
    has_releases: bool
    has_deadlines: bool
    has_order_groups: bool
    has_tanks: bool
    has_budgets: bool

    @property
    def is_regular(self) -> bool:
        """Whether starting earlier never makes the objective worse."""
        return self.aims <= REGULAR

    @property
    def is_dispatchable(self) -> bool:
        """Whether the dispatching kernel (`dispatch`) honours all that the problem uses."""
        return not (
            self.has_skills
            or self.has_batches
            or self.has_campaigns
            or self.has_setup_crews
            or self.has_options
            or self.has_most
            or self.has_deadlines
            or self.has_order_groups
            or self.has_tanks
            or self.has_budgets
        )

    @property
    def is_shop(self) -> bool:
        """Whether it is a shop of single machines, always open, with finish-start links: no more than a disjunctive
        graph with alternatives and setups holds."""
        return (
            self.is_dispatchable
            and self.is_single
            and not (self.has_calendars or self.has_materials or self.has_fixed or self.has_other_links)
        )


def describe(problem: Problem) -> Features:
    """Find what a problem without errors (`check_problem`) uses."""
    tasks, modes, links, resources, jobs = (
        problem.tasks,
        problem.modes,
        problem.links,
        problem.resources,
        problem.jobs,
    )
    setups, materials = problem.setups, problem.materials
    objective = problem.objective
    aims = objective.order or tuple(name for name in PARTS if getattr(objective, name))
    single = (np.diff(modes.resource_ptr) == 1).all() and (modes.units == 1).all() and (resources.capacity == 1).all()
    n = problem.num_tasks
    has_other_links = bool((links.kind != FINISH_START).any() or links.lag.any())
    is_chain = (
        not has_other_links
        and (np.bincount(links.after, minlength=n) <= 1).all()
        and (np.bincount(links.before, minlength=n) <= 1).all()
        and (tasks.job[links.before] == tasks.job[links.after]).all()
    )
    matrix = resources.setup_matrix[resources.setup_matrix >= 0]
    has_setups = modes.setup_seconds.any() or (setups.seconds[matrix].any() and (tasks.family >= 0).any())
    return Features(
        num_tasks=n,
        aims=frozenset(aims),
        is_single=bool(single),
        is_chain=bool(is_chain),
        is_flexible=len(modes.run_seconds) > n,
        has_calendars=bool((resources.calendar >= 0).any()),
        has_setups=bool(has_setups),
        has_materials=bool(len(materials.quantity)),
        has_skills=bool(len(problem.skills.count)),
        has_batches=bool(resources.is_batch.any()),
        has_campaigns=bool((resources.most_campaign < FAR_FUTURE).any()),
        has_setup_crews=bool((resources.setup_crew >= 0).any()),
        has_fixed=bool((tasks.fixed_start >= 0).any()),
        has_options=bool(np.isfinite(tasks.skip_cost).any() or (tasks.choice >= 0).any()),
        has_most=bool((links.most < FAR_FUTURE).any()),
        has_other_links=has_other_links,
        has_releases=bool(tasks.release.any() or jobs.release.any()),
        has_deadlines=bool((jobs.deadline < FAR_FUTURE).any()),
        has_order_groups=bool((resources.order_group >= 0).any()),
        has_tanks=bool(np.isfinite(materials.most).any()),
        has_budgets=bool(len(problem.budgets.taken)),
    )
