"""The engine for real plants: timelines of every resource and material, tasks inserted and taken out of them.

`Timelines` is what rescheduling and the general search stand on.
"""

from drumbeat.scheduling.engine.plant.timelines import Timelines

__all__ = ["Timelines"]
