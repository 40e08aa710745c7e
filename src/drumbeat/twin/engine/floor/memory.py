"""The floor's arrays inside kernels: one pointer to a table of addresses instead of thirty arrays a call.

numba passes a tuple of arrays as seven numbers an array: two hundred for a floor, at each call of a kernel, to write,
to read and to compile. Here `Floor` is a type of its own: `floor.machine` reads the array's address from the table.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, models, register_model

from drumbeat.twin.engine.floor import records as r
from drumbeat.twin.engine.floor.kinds import EVENT

PLACES = 4
"""Places of an array in the table: its address, and its length in up to three dimensions."""

KINDS: dict[str, tuple[Any, int]] = {
    "machine": (r.MACHINE, 1), "group": (r.GROUP, 1), "step": (r.STEP, 1), "product": (r.PRODUCT, 1), "lot": (r.LOT, 1),
    "source": (r.SOURCE, 1), "life": (r.LIFE, 1), "care": (r.CARE, 1), "pool": (r.POOL, 1),
    "calendar": (r.CALENDAR_RECORD, 1), "material": (r.MATERIAL, 1), "outage": (r.OUTAGE, 1), "need": (r.NEED, 1),
    "listed": (r.LISTED, 1), "order": (r.OPEN_ORDER, 1), "move": (r.MOVE, 1), "receipt": (r.RECEIPT_RECORD, 1),
    "heap": (r.MOMENT, 1), "lists": (np.int32, 1), "numbers": (np.float64, 1), "dirty": (np.int32, 1),
    "batch_pieces": (np.int64, 1), "seconds": (np.float64, 2), "periods": (np.int64, 2), "setups": (np.float64, 3),
    "tables": (np.float64, 2), "counter": (np.int64, 1), "clock": (np.float64, 1), "luck": (np.uint64, 1),
    "trace": (EVENT, 1),
}  # fmt: skip
"""Kind and number of dimensions of each array of `Floor`, in its order."""

NUMBERS = {name: n for n, name in enumerate(KINDS)}


class FloorType(types.Type):
    """`Floor`, as kernels see it."""

    def __init__(self) -> None:
        super().__init__(name="DrumbeatFloor")


FLOOR = FloorType()


@register_model(FloorType)
class FloorModel(models.PrimitiveModel):
    """It is kept as a pointer to the table."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.IntType(64).as_pointer())  # type: ignore[no-untyped-call]


@cache
def _array_type(name: str) -> Any:
    kind, dimensions = KINDS[name]
    return types.Array(from_dtype(np.dtype(kind)), dimensions, "C")


@infer_getattr
class FloorAttributes(AttributeTemplate):
    """The arrays of a floor are its attributes."""

    key = FloorType

    def generic_resolve(self, _kind: Any, name: str) -> Any:  # type: ignore[override]
        """Type of one of them; None where there is none of this name."""
        return _array_type(name) if name in KINDS else None


@lower_getattr_generic(FloorType)  # type: ignore[no-untyped-call]
def _get_array(context: Any, builder: Any, _kind: Any, table: Any, name: str) -> Any:
    array_type = _array_type(name)
    word = ir.IntType(64)

    def read(place: int) -> Any:
        value = builder.load(builder.gep(table, [ir.Constant(word, NUMBERS[name] * PLACES + place)]))
        # The table does not change while a kernel runs: what was read once need not be read again.
        value.set_metadata("invariant.load", builder.module.add_metadata([]))
        return value

    array = context.make_array(array_type)(context, builder)
    itemsize = np.dtype(KINDS[name][0]).itemsize
    shape = [read(1 + axis) for axis in range(array_type.ndim)]
    strides = [ir.Constant(word, itemsize)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    data = builder.inttoptr(read(0), context.get_data_type(array_type.dtype).as_pointer())
    context.populate_array(array, data=data, shape=shape, strides=strides, itemsize=itemsize, meminfo=None)
    return array._getvalue()


def _floor_at(_context: Any, address: Any) -> Any:
    """See the floor whose table is at an address."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())

    return FLOOR(address), generate


floor_at: Any = intrinsic(_floor_at)


FAR = types.float64(types.int64, types.int64, types.int64, types.int64, types.float64, types.float64, types.float64)
"""Signature of a far kernel: the table's address, three whole numbers, three others; it gives a number back."""

(
    DRAW_RARE, HAPPEN_RARELY, SERVE_ANY, PULL, SETTLE_PENDING, RELEASE_SPLIT, GO_ON, BREAK_BUSY, CHECK_CARE, CARE_ROUND,
    DECIDE, GATHER, SETTLE, NUM_FAR,
) = range(14)  # fmt: skip
"""Places of the far kernels behind the arrays."""


def _call_far(_context: Any, _floor: Any, place: Any, a: Any, b: Any, c: Any, x: Any, y: Any, z: Any) -> Any:
    """Call a far kernel by its place.

    numba compiles a kernel with all that it calls, and again for each kernel that calls it in turn. What is rare or
    large is called by its address instead: it is compiled once.
    """
    word, number = ir.IntType(64), ir.DoubleType()

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        table, place_value, *rest = arguments
        given = [context.cast(builder, value, kind, to) for value, kind, to in
                 zip(rest, signature.args[2:], FAR.args[1:], strict=True)]  # fmt: skip
        place_value = context.cast(builder, place_value, signature.args[1], types.int64)
        index = builder.mul(builder.add(place_value, ir.Constant(word, len(KINDS))), ir.Constant(word, PLACES))
        kind = ir.FunctionType(number, [word] * 4 + [number] * 3)
        function = builder.inttoptr(builder.load(builder.gep(table, [index])), kind.as_pointer())
        return builder.call(function, [builder.ptrtoint(table, word), *given])

    return types.float64(FLOOR, place, a, b, c, x, y, z), generate


call_far: Any = intrinsic(_call_far)
