"""Which of many designs is best? Fast where they differ much, patient where they differ little, honest about the rest.

>>> import numpy as np
>>> from drumbeat.twin.engine.select import Observed, SelectParams, select_best
>>> luck = np.sin(np.arange(300.0) * 12.9898) * 10            # shared by all designs
>>> values = np.array([[5.0], [9.0], [8.0]]) + luck
>>> found = select_best(Observed(values), 3, SelectParams(delta=0.5))
>>> found.best, found.is_guaranteed
(1, True)
"""

from drumbeat.twin.engine.select.eliminate import eliminate
from drumbeat.twin.engine.select.halve import halve
from drumbeat.twin.engine.select.problem import Evaluate, Observed, SelectParams, Workers
from drumbeat.twin.engine.select.result import Elimination, Halving, Round, Screening, Selection, Weighing
from drumbeat.twin.engine.select.screen import screen
from drumbeat.twin.engine.select.select_best import select_best
from drumbeat.twin.engine.select.weigh_choice import weigh_choice

__all__ = [
    "Elimination",
    "Evaluate",
    "Halving",
    "Observed",
    "Round",
    "Screening",
    "SelectParams",
    "Selection",
    "Weighing",
    "Workers",
    "eliminate",
    "halve",
    "screen",
    "select_best",
    "weigh_choice",
]
