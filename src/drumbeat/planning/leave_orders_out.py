"""Tell a cause without the order that is in the way, for who may not see the sites of all orders."""

from __future__ import annotations

import re

_OTHERS = re.compile(r" (?:behind order|full until order|with order|from) .+$")


def leave_orders_out(cause: str) -> str:
    """Return a cause without the order that is in the way.

    Examples
    --------
    >>> leave_orders_out("machine PRESS behind order W-7"), leave_orders_out("run")
    ('machine PRESS', 'run')
    """
    return _OTHERS.sub("", cause)
