"""How are we doing? Scorecards from the facts: every figure with its interval, its trend and its evidence.

>>> from drumbeat.data import Snapshot
>>> from drumbeat.kpis.actions import measure_scorecard
>>> scorecard = measure_scorecard(Snapshot.read("my-plant"))  # doctest: +SKIP
>>> scorecard.figure("oee", "NORTH").text, scorecard.figure("oee", "NORTH").trend.verdict  # doctest: +SKIP
('72.4 %', 'noise')
"""
