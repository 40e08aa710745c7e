"""When does each task run, and on what? A finite-capacity schedule that breaks no rule.

Examples
--------
>>> from drumbeat.scheduling.actions import make_schedule  # doctest: +SKIP
>>> run = make_schedule(snapshot, plan, seconds=10)  # doctest: +SKIP
>>> run.orders.filter(pl.col("late_seconds") > 0)  # doctest: +SKIP
"""
