"""Everything on one page: the home of each role, the whole run and its report, the Python door.

>>> from drumbeat.home import Plant
>>> plant = Plant.demo(size="s")
>>> plant.snapshot["site"].height
3
"""

from drumbeat.home.plant import Plant

__all__ = ["Plant"]
