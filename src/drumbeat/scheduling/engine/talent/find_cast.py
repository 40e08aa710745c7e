"""Find out whether a problem is talent scheduling, and what is left of it after the obvious."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.problem import Problem


@dataclass(frozen=True, slots=True)
class Cast:
    """Scenes and actors that matter.

    Scenes with the same actors are shot in a row and are one here, as are actors with the same scenes; who is in one
    of those only, or in all, waits for nobody and is left out.

    Parameters
    ----------
    scene
        Shape (T,): the scene that each task belongs to.
    place
        Shape (T,): rank of each task; those of one scene are shot in this order.
    hours
        Shape (S,): length of each scene, >= 0.
    plays
        Shape (A, S): whether an actor is in a scene.
    pay
        Shape (A,): pay per hour of each actor that is left, > 0.
    work_pay
        What all are paid for the hours in which they work, whatever the order.
    """

    scene: Int64s
    place: Int64s
    hours: Floats
    plays: Bools
    pay: Floats
    work_pay: float


def is_talent(problem: Problem, features: Features) -> bool:
    """Return whether all tasks share one resource that holds one at a time, and only hold pay counts."""
    is_other = (
        features.is_flexible
        or features.has_calendars
        or features.has_setups
        or features.has_materials
        or features.has_other_links
        or features.has_fixed
        or features.has_releases
        or features.has_setup_crews
        or not features.is_dispatchable
    )
    if is_other or features.aims != {"hold_pay"} or problem.objective.order or len(problem.links.before):
        return False
    modes, resources = problem.modes, problem.resources
    if problem.objective.hold_pay < 0 or (resources.hold_pay < 0).any():
        return False
    if (modes.units > resources.capacity[modes.resource]).any() or not problem.num_tasks:
        return False
    blocks = modes.resource[2 * modes.units > resources.capacity[modes.resource]]
    return bool((np.bincount(blocks, minlength=problem.num_resources) == problem.num_tasks).any())


def find_cast(problem: Problem) -> Cast:
    """Reduce a talent scheduling problem (`is_talent`) to the scenes and actors that matter."""
    modes = problem.modes
    length: Floats = modes.run_seconds / 3600.0
    plays = np.zeros((problem.num_resources, problem.num_tasks), dtype=np.bool_)
    plays[modes.resource, np.repeat(np.arange(problem.num_tasks), np.diff(modes.resource_ptr))] = True
    pay = problem.resources.hold_pay.astype(np.float64)
    work_pay = float(pay @ (plays @ length))
    plays, pay = plays[pay > 0], pay[pay > 0]
    scene = place = np.arange(problem.num_tasks)
    while True:
        before = plays.shape
        appearances = plays.sum(axis=1)
        waits = (appearances > 1) & (appearances < plays.shape[1])
        plays, twin = _merge_equal(plays[waits], axis=0)
        pay = np.bincount(twin, weights=pay[waits], minlength=len(plays)).astype(np.float64)
        plays, merged = _merge_equal(plays, axis=1)
        scene, length = merged[scene], np.bincount(merged, weights=length).astype(np.float64)
        # What became one scene earlier stays together in it, for those who are left out because of it.
        place = np.argsort(np.lexsort((place, scene)))
        if plays.shape == before:
            return Cast(scene.astype(np.int64), place.astype(np.int64), length, plays, pay, work_pay)


def _merge_equal(plays: Bools, axis: int) -> tuple[Bools, Int64s]:
    """Keep one of equal rows (or columns); and which one each has become."""
    if not plays.size:
        # Without actors all scenes are equal; without those there is nobody.
        return (plays[:, :1] if axis else plays), np.zeros(plays.shape[axis], dtype=np.int64)
    kept, place = np.unique(plays, axis=axis, return_inverse=True)
    return kept, place.ravel().astype(np.int64)
