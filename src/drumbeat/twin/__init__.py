"""Will it hold? A stochastic twin of the schedule, and what threatens it.

Examples
--------
>>> from drumbeat.twin.actions import simulate  # doctest: +SKIP
>>> run = simulate(snapshot, schedule, replications=1000, seed=1)  # doctest: +SKIP
>>> run.probability_all, run.expected_on_time  # doctest: +SKIP
>>> run.threats.head(3)  # what it would gain if this never happened  # doctest: +SKIP
"""
