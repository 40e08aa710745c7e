"""How the parts of the kernel are compiled."""

from __future__ import annotations

from typing import Any

import numba

_njit: Any = numba.njit

inner = _njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Compiles a function that only compiled functions call: without the wrappers for Python, which for arguments of many
arrays take longer to compile than the function itself."""
