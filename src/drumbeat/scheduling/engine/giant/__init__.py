"""Plain shops at any size: makespan of a million tasks, and weighted tardiness of tens of thousands.

>>> from drumbeat.scheduling.engine.read_instance import make_shop_problem
>>> from drumbeat.scheduling.engine.giant import bound_makespan, lay_out
>>> bound_makespan(lay_out(make_shop_problem([[[(0, 3)], [(1, 2)]], [[(1, 4)]]], 2)))
6
"""

from drumbeat.scheduling.engine.giant.bound_makespan import bound_makespan
from drumbeat.scheduling.engine.giant.solve_due_shop import is_due_shop, solve_due_shop, warm_up_due_shop
from drumbeat.scheduling.engine.giant.solve_giant import is_giant, lay_out, solve_giant, warm_up_giant

__all__ = [
    "bound_makespan",
    "is_due_shop",
    "is_giant",
    "lay_out",
    "solve_due_shop",
    "solve_giant",
    "warm_up_due_shop",
    "warm_up_giant",
]
