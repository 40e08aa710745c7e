"""The API: every room's router under /api/, for signed-in users and for programs with a token.

It reads; what it writes asks for the role that the page of the same deed asks for.
"""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI

from drumbeat import __version__
from drumbeat.accounts.api import SessionAuth, TokenAuth
from drumbeat.accounts.permissions import require
from drumbeat.data.api import router as data
from drumbeat.demand.api_edits import router as forecasts
from drumbeat.lab.api import router as lab
from drumbeat.planning.api import router as plans
from drumbeat.planning.api_balance import router as plan_balance
from drumbeat.planning.api_details import router as plan_details
from drumbeat.planning.api_trials import router as plan_trials
from drumbeat.scheduling.api import router as schedules
from drumbeat.scheduling.api_finite import router as plan_finite
from drumbeat.strategy.api_director import router as director
from drumbeat.strategy.api_flexibility import router as flexibility
from drumbeat.strategy.api_roadmap import router as roadmaps
from drumbeat.strategy.api_stress import router as stress_tests
from drumbeat.twin.api import router as simulations
from drumbeat.twin.api_lines import router as lines
from drumbeat.twin.api_plays import router as plays
from drumbeat.twin.api_what_if import router as what_ifs
from drumbeat.web.api import router as jobs


def _closed(view: Any) -> Any:
    """Ask for a sign-in before the API's own pages: its schema and its documentation."""

    def opened(request: Any, *arguments: Any, **options: Any) -> Any:
        return view(request, *arguments, **options)

    return require("viewer")(opened)


api = NinjaAPI(
    title="Drumbeat",
    version=__version__,
    description="One model of the production system: its tables, its background jobs, its latest answers.",
    auth=[TokenAuth(), SessionAuth()],
    docs_decorator=_closed,
)
api.add_router("", data)
api.add_router("/director", director)
api.add_router("/flexibility", flexibility)
api.add_router("/forecasts", forecasts)
api.add_router("/jobs", jobs)
api.add_router("/lab", lab)
api.add_router("/lines", lines)
api.add_router("/plans", plans)
api.add_router("/plans", plan_balance)
api.add_router("/plans", plan_details)
api.add_router("/plans", plan_finite)
api.add_router("/plans", plan_trials)
api.add_router("/plays", plays)
api.add_router("/roadmaps", roadmaps)
api.add_router("/schedules", schedules)
api.add_router("/simulations", simulations)
api.add_router("/stress-tests", stress_tests)
api.add_router("/what-ifs", what_ifs)
