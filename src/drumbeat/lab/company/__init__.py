"""The demo company: two plants and a studio that do not exist, made to be looked into.

>>> from drumbeat.lab.company import make_company
>>> company = make_company("s", seed=1)
>>> company["site"]["code"].to_list()
['AALEN', 'RAPIDS', 'BANKSIDE']
"""

from drumbeat.lab.company.make_company import make_company

__all__ = ["make_company"]
