"""What should we change? Hidden weaknesses, each with its threshold, its evidence, a remedy and what would disprove it.

>>> from drumbeat.data import Snapshot
>>> from drumbeat.strategy.actions import find_weaknesses
>>> found = find_weaknesses(Snapshot.read("my-plant"))  # doctest: +SKIP
>>> found[0].headline, found[0].money_at_risk, found[0].disproof  # doctest: +SKIP
"""
