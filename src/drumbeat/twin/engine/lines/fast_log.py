"""The natural logarithm, written so that a loop of draws becomes vector instructions.

A call of the C library stops the compiler from doing several draws at once; this one is additions, multiplications and
one division in a fixed order, so that every processor and every vector width gives the same bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from drumbeat.basics.compiled import njit

_intrinsic: Any = intrinsic  # numba's types don't know that it drops the context
_LOW = np.int64(0x3FE6A09E667F3BCD)  # bits of the root of one half: mantissas are taken from there to its double
_EXPONENT = np.int64(52)
_LN2_HIGH = float.fromhex("0x1.62e42fefa0000p-1")  # its last bits are 0: times an exponent it is exact
_LN2_LOW = float.fromhex("0x1.cf79abc9e3b3ap-40")


@_intrinsic
def _bits_of(_context: Any, x: Any) -> Any:
    def build(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(x), build


@_intrinsic
def _float_of(_context: Any, bits: Any) -> Any:
    def build(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(bits), build


@njit(forceinline=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
def fast_log(x: float) -> float:
    """Return the natural logarithm of a normal number above 0, to within some 2e-16 of itself.

    With x = m 2**k and m from the root of one half to that of two, log m = 2 atanh((m - 1) / (m + 1)), a series of
    which eleven terms are left below 1e-18.
    """
    bits = _bits_of(x)
    power = (bits - _LOW) >> _EXPONENT
    f = _float_of(bits - (power << _EXPONENT)) - 1.0
    k = np.float64(power)
    s = f / (f + 2.0)
    z = s * s
    w = z * z
    even = 2 / 3 + w * (2 / 7 + w * (2 / 11 + w * (2 / 15 + w * (2 / 19 + w * (2 / 23)))))
    odd = 2 / 5 + w * (2 / 9 + w * (2 / 13 + w * (2 / 17 + w * (2 / 21))))
    # 2 s = f - s f: the large part, f, is exact
    return k * _LN2_HIGH + (f - (s * (f - z * (even + z * odd)) - k * _LN2_LOW))
