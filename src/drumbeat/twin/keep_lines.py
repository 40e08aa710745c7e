"""Studies of serial lines, asked for on the site: they are kept with the job that made them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.models import Operation, Routing
from drumbeat.twin.compile_line import compile_line
from drumbeat.twin.study_serial_line import as_json_ready, study_serial_line
from drumbeat.web.models import Job

KIND = "line"


def study_stored(
    routing: str, *, places: int = 10, set_places: dict[str, int] | None = None, more: int = 1,
    precision: float = 0.01, seed: int = 1, cores: int = 0, progress: Progress = silent,
) -> dict[str, Any]:  # fmt: skip
    """Study a routing of the database as a serial line; see `study_serial_line`."""
    progress(0.0, "reading the data")
    serial = compile_line(Snapshot.read_database(), routing, places=places, set_places=set_places)
    study = study_serial_line(
        serial, more=more, precision=precision, seed=seed, cores=cores, progress=part_of(progress, 0.1, 1.0)
    )
    return as_json_ready(study)


def lines_in_sight(sites: set[str] | None) -> QuerySet[Job]:
    """Studies that were finished, the newest first: of routings at these sites; None = all."""
    rows = Job.objects.filter(kind=KIND, state=Job.State.DONE, result__has_key="study")
    return rows if sites is None else rows.filter(arguments__site__in=sorted(sites))


def list_routings(sites: set[str] | None) -> list[tuple[str, str]]:
    """List the routings at these sites that may be lines: code and name; None = all sites."""
    rows = Routing.objects.filter(code__in=Operation.objects.values("routing")).order_by("code")
    return list((rows if sites is None else rows.filter(site__in=sites)).values_list("code", "name"))
