"""Local search on the disjunctive graph, for shops of single machines with the aim of a short makespan."""

from __future__ import annotations

from drumbeat.scheduling.engine.jobshop.solve_jobshop import is_job_shop, solve_jobshop, warm_up_jobshop

__all__ = ["is_job_shop", "solve_jobshop", "warm_up_jobshop"]
