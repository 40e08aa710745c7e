"""Reschedule: something happened; change the schedule that people know as little as it takes."""

from drumbeat.scheduling.engine.reschedule.events import (
    Breakdown,
    Cancellation,
    Drag,
    Event,
    LateMaterial,
    LongerRun,
    Prices,
    RushOrder,
    Step,
)
from drumbeat.scheduling.engine.reschedule.reschedule import Rescheduled, reschedule

__all__ = [
    "Breakdown",
    "Cancellation",
    "Drag",
    "Event",
    "LateMaterial",
    "LongerRun",
    "Prices",
    "Rescheduled",
    "RushOrder",
    "Step",
    "reschedule",
]
