"""A way in for users of frePPLe: its fixtures and example workbooks become the tables of this house.

>>> from drumbeat.data.frepple import read_frepple
>>> frames, as_of, findings = read_frepple("manufacturing_demo.json")  # doctest: +SKIP
"""

from drumbeat.data.frepple.read_frepple import read_frepple
from drumbeat.data.frepple.read_records import is_frepple

__all__ = ["is_frepple", "read_frepple"]
