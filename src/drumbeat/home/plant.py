"""The Python door: a production system in a notebook, in six lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from drumbeat.basics.progress import Progress, silent

if TYPE_CHECKING:
    from datetime import datetime

    from drumbeat.data.change import Change
    from drumbeat.data.snapshot import Snapshot
    from drumbeat.home.run import Run
    from drumbeat.planning.plan_run import PlanRun
    from drumbeat.scheduling.plan_finitely import FinitePlan
    from drumbeat.scheduling.promise import Promise
    from drumbeat.scheduling.save_finite import Kept
    from drumbeat.strategy.plan_roadmap import RoadmapRun
    from drumbeat.twin.compare import ComparisonRun
    from drumbeat.twin.play_floor import FloorRun
    from drumbeat.twin.study_serial_line import SerialLineStudy
    from drumbeat.twin.validate_plant import ValidationRun


@dataclass(frozen=True)
class Plant:
    """A production system that can be asked the five questions.

    Examples
    --------
    >>> from drumbeat.home import Plant                          # doctest: +SKIP
    >>> plant = Plant.read("my-plant/")                          # doctest: +SKIP
    >>> run = plant.run()                                        # doctest: +SKIP
    >>> run.simulation.expected_on_time                          # doctest: +SKIP
    >>> run.simulation.threats.head(3)                           # doctest: +SKIP
    >>> run.schedule.orders.filter(pl.col("late_seconds") > 0)   # doctest: +SKIP
    """

    snapshot: Snapshot
    kept: Kept | None = None

    @classmethod
    def read(cls, path: str | Path) -> Plant:
        """Read a folder of CSV or Parquet, or a workbook.

        Raises
        ------
        InputError
            With every finding, when the data are not right.
        """
        _start()
        from drumbeat.data.snapshot import Snapshot

        return cls(Snapshot.read(Path(path)))

    @classmethod
    def read_database(cls) -> Plant:
        """Read the database of this installation; promises keep to the finite plan that is kept there."""
        _start()
        from drumbeat.data.snapshot import Snapshot
        from drumbeat.scheduling.save_finite import recall_finite

        snapshot = Snapshot.read_database()
        return cls(snapshot, recall_finite(snapshot))

    @classmethod
    def demo(cls, size: str = "s", seed: int = 1) -> Plant:
        """Make the demo company."""
        _start()
        from drumbeat.lab.company import make_company

        return cls(make_company(size=size, seed=seed))

    def change(self, changes: Iterable[Change]) -> Plant:
        """Return the same plant with some changes made: a what-if."""
        # What was learned of the plant as it is teaches nothing of another; who is served first stays.
        kept = None if self.kept is None else self.kept._replace(lessons=None)
        return Plant(self.snapshot.apply(changes), kept)

    def run(
        self,
        *,
        seconds: float = 10.0,
        replications: int = 1000,
        seed: int = 1,
        cores: int = 0,
        progress: Progress = silent,
    ) -> Run:
        """Plan, schedule, simulate, score and look for weaknesses; see `drumbeat.home.run.run_all`."""
        from drumbeat.home.run import run_all

        return run_all(
            self.snapshot, seconds=seconds, replications=replications, seed=seed, cores=cores, progress=progress
        )

    def plan(self, progress: Progress = silent) -> PlanRun:
        """Plan materials: what to make, buy and move, and what is late; see `drumbeat.planning.actions.make_plan`."""
        from drumbeat.planning.actions import make_plan

        return make_plan(self.snapshot, progress)

    def plan_finitely(self, progress: Progress = silent, *, importance_first: bool | None = None) -> FinitePlan:
        """Plan material and capacity at once; see `drumbeat.scheduling.plan_finitely.plan_finitely`."""
        from drumbeat.scheduling.plan_finitely import plan_finitely

        return plan_finitely(self.snapshot, progress, importance_first=importance_first)

    def promise(
        self, item: str, site: str, quantity: float, wanted_at: datetime, *, plan: FinitePlan | None = None
    ) -> Promise:
        """Find when a new order can be delivered; see `drumbeat.scheduling.promise.promise`.

        The others keep their places in `plan`; without one, in the finite plan that the database keeps.
        """
        from drumbeat.scheduling.promise import promise
        from drumbeat.scheduling.save_finite import Kept

        kept = Kept(plan.lessons, plan.is_importance_first) if plan is not None else self.kept or Kept()
        return promise(self.snapshot, item, site, quantity, wanted_at, silent, *kept)

    def compare(
        self,
        designs: Mapping[str, Iterable[Change]],
        *,
        replications: int = 1000,
        seconds: float = 2.0,
        seed: int = 1,
        cores: int = 0,
        cluster: str | None = None,
        progress: Progress = silent,
    ) -> ComparisonRun:
        """Compare lists of changes, by name, with the plant as it is; see `drumbeat.twin.compare.compare`."""
        from drumbeat.twin.compare import compare
        from drumbeat.twin.compare_read import name_designs
        from drumbeat.twin.measure_design import Effort

        effort = Effort(replications, seconds, seed, cores, cluster)
        return compare(name_designs(self.snapshot, designs), effort, progress)

    def play(
        self,
        *,
        weeks: int = 13,
        rule: str = "edd",
        setups_first: bool = False,
        replications: int = 100,
        threats: int = 0,
        seed: int = 1,
        cores: int = 0,
        progress: Progress = silent,
    ) -> FloorRun:
        """Play the plant forward by a rule, without a schedule; see `drumbeat.twin.play_floor.play_floor`."""
        from drumbeat.twin.compile_floor import FloorTerms
        from drumbeat.twin.play_floor import play_floor

        terms = FloorTerms(weeks=weeks, rule=rule, setups_first=setups_first)
        return play_floor(
            self.snapshot, terms, replications=replications, threats=threats, seed=seed, cores=cores, progress=progress
        )

    def study_line(
        self,
        routing: str,
        *,
        places: int = 10,
        set_places: Mapping[str, int] | None = None,
        more: int = 1,
        precision: float = 0.01,
        seed: int = 1,
        cores: int = 0,
        progress: Progress = silent,
    ) -> SerialLineStudy:
        """Study a routing as a serial line by itself; see `drumbeat.twin.study_serial_line`."""
        from drumbeat.twin.compile_line import compile_line
        from drumbeat.twin.study_serial_line import study_serial_line

        serial = compile_line(self.snapshot, routing, places=places, set_places=set_places)
        return study_serial_line(serial, more=more, precision=precision, seed=seed, cores=cores, progress=progress)

    def validate(
        self, *, weeks: int = 4, replications: int = 400, seed: int = 1, cores: int = 0, progress: Progress = silent
    ) -> ValidationRun:
        """Score what the twin would have said of the last weeks; see `drumbeat.twin.validate_plant.validate`."""
        from drumbeat.twin.validate_plant import validate

        return validate(
            self.snapshot, weeks=weeks, replications=replications, seed=seed, cores=cores, progress=progress
        )

    def roadmap(
        self,
        *,
        years: float = 3.0,
        rate: float = 0.08,
        candidates: int = 2000,
        futures: int = 1000,
        seed: int = 1,
        cores: int = 0,
        by_twin: int = 0,
        progress: Progress = silent,
    ) -> RoadmapRun:
        """Choose among the plant's initiatives: which, when, in which order; see `drumbeat.strategy.plan_roadmap`.

        With `by_twin` the twin judges the short list, in so many futures at most.
        """
        from drumbeat.strategy.compile_roadmap import RoadmapTerms
        from drumbeat.strategy.engine.roadmap.judge_by_twin import JudgeParams
        from drumbeat.strategy.engine.roadmap.optimise import StudyParams
        from drumbeat.strategy.plan_roadmap import plan_roadmap

        terms = RoadmapTerms(months=round(12 * years), rate=rate)
        params = StudyParams(candidates=candidates, fresh_futures=futures, seed=seed, cores=cores)
        judge = JudgeParams(step=min(8, by_twin), most=by_twin, seed=seed, cores=cores) if by_twin else None
        return plan_roadmap(self.snapshot, terms, params, progress, by_twin=judge)

    @cached_property
    def version(self) -> str:
        """Fingerprint of the data."""
        return self.snapshot.version

    def write(self, path: str | Path) -> None:
        """Write the data as a folder of CSV, or as a workbook when the path ends in .xlsx."""
        self.snapshot.write(Path(path))


def _start() -> None:
    """Make Django ready when this is the first thing that a notebook does."""
    import os

    import django
    from django.apps import apps

    if not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "drumbeat.site.settings")
        django.setup()
