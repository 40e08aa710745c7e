"""The master plan: what to make, stock, buy and move by week, with which overtime and shifts, at the least cost."""

from drumbeat.planning.engine.master.problem import Activities, Capacity, MasterProblem, Periods, Products
from drumbeat.planning.engine.master.result import MasterPlan
from drumbeat.planning.engine.master.solve_master import solve_master

__all__ = ["Activities", "Capacity", "MasterPlan", "MasterProblem", "Periods", "Products", "solve_master"]
