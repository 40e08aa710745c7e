"""What must we make and buy, when? Netting, lot sizing, action messages.

>>> from drumbeat.data import Snapshot
>>> from drumbeat.planning.actions import make_plan
>>> run = make_plan(Snapshot.read("my-plant"))  # doctest: +SKIP
>>> run.actions.filter(kind="short")  # doctest: +SKIP
"""
