"""The floor's arrays inside kernels: one pointer to a table of addresses instead of thirty arrays a call.

numba passes a tuple of arrays as seven numbers an array: two hundred for a floor, at each call of a kernel, to write,
to read and to compile. Here `Floor` is a type of its own: `floor.machine` reads the array's address from the table.
"""

from __future__ import annotations

import operator
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core import cgutils, config
from numba.core import typing as numba_typing
from numba.core.imputils import lower_builtin, lower_getattr, lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global
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
    "salts": (np.uint64, 1), "trace": (EVENT, 1),
}  # fmt: skip
"""Kind and number of dimensions of each array of `Floor`, in its order."""

CHECKS_BOUNDS = bool(config.BOUNDSCHECK)  # type: ignore[attr-defined]
"""Whether kernels check each index: for tests, by NUMBA_BOUNDSCHECK=1 and a NUMBA_CACHE_DIR of their own."""

NUMBERS = {name: n for n, name in enumerate(KINDS)}

_WORD, _BYTE = ir.IntType(64), ir.IntType(8)
_signature: Any = numba_typing.signature  # type: ignore[attr-defined]
_unpack: Any = cgutils.unpack_tuple
_declare: Any = cgutils.get_or_insert_function


class FloorType(types.Type):
    """`Floor`, as kernels see it."""

    def __init__(self) -> None:
        super().__init__(name="DrumbeatFloor")


class ArrayType(types.Type):
    """One of a floor's arrays, of records or of numbers."""

    def __init__(self, of: str) -> None:
        self.of = of
        super().__init__(name=f"DrumbeatFloor.{of}")


class RecordType(types.Type):
    """A record of one of a floor's arrays."""

    def __init__(self, of: str) -> None:
        self.of = of
        super().__init__(name=f"DrumbeatFloor.{of}.record")


FLOOR = FloorType()


@register_model(FloorType)
@register_model(ArrayType)
@register_model(RecordType)
class PointerModel(models.PrimitiveModel):
    """A floor and its arrays are kept as a pointer to the table, a record as one to its first byte."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _BYTE.as_pointer())  # type: ignore[no-untyped-call]


@cache
def _element_type(name: str) -> Any:
    """Type of what an array holds: a record or a number."""
    kind = np.dtype(KINDS[name][0])
    return RecordType(name) if kind.names else from_dtype(kind)


@infer_getattr
class FloorAttributes(AttributeTemplate):
    """The arrays of a floor are its attributes."""

    key = FloorType

    def generic_resolve(self, _kind: Any, name: str) -> Any:  # type: ignore[override]
        """Type of one of them; None where there is none of this name."""
        return ArrayType(name) if name in KINDS else None


@infer_getattr
class RecordAttributes(AttributeTemplate):
    """The fields of a record are its attributes."""

    key = RecordType

    def generic_resolve(self, kind: Any, name: str) -> Any:  # type: ignore[override]
        """Type of one of them; None where there is none of this name."""
        fields = np.dtype(KINDS[kind.of][0]).fields or {}
        return from_dtype(fields[name][0]) if name in fields else None


def _index_type(array: Any, index: Any) -> Any:
    """Type of the whole number, or of so many of them, that finds an element; None where it is something else."""
    dimensions = KINDS[array.of][1]
    if dimensions == 1:
        return types.intp if isinstance(index, types.Integer) else None
    is_right = isinstance(index, types.BaseTuple) and len(index) == dimensions
    return types.UniTuple(types.intp, dimensions) if is_right else None  # type: ignore[no-untyped-call]


@infer_global(operator.getitem)  # type: ignore[no-untyped-call]
class GetElement(AbstractTemplate):
    """`array[i]`, `array[i, j]`; an index below 0 does not count from the end: there is no such element."""

    def generic(self, arguments: Any, _named: Any) -> Any:
        """Signature; None where something else is read."""
        array, index = arguments
        if isinstance(array, ArrayType) and (kind := _index_type(array, index)) is not None:
            return _signature(_element_type(array.of), array, kind)
        return None


@infer_global(operator.setitem)  # type: ignore[no-untyped-call]
class SetElement(AbstractTemplate):
    """`array[i] = number`."""

    def generic(self, arguments: Any, _named: Any) -> Any:
        """Signature; None where something else is written."""
        array, index, _ = arguments
        if isinstance(array, ArrayType) and (kind := _index_type(array, index)) is not None:
            return _signature(types.none, array, kind, _element_type(array.of))
        return None


@infer_global(len)  # type: ignore[no-untyped-call]
class CountElements(AbstractTemplate):
    """`len(array)`: its first dimension."""

    def generic(self, arguments: Any, _named: Any) -> Any:
        """Signature; None where something else is counted."""
        return _signature(types.intp, *arguments) if isinstance(arguments[0], ArrayType) else None


def _read_table(builder: Any, table: Any, name: str, place: int, kind: Any) -> Any:
    at = builder.gep(table, [ir.Constant(_WORD, 8 * (NUMBERS[name] * PLACES + place))])
    value = builder.load(builder.bitcast(at, kind.as_pointer()))
    # The table does not change while a kernel runs: what was read once need not be read again.
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


def _check_bounds(context: Any, builder: Any, table: Any, name: str, places: Any) -> None:
    """Say which kernel reads or writes outside which array, and end the process: there is no other way out of here."""
    module = builder.module
    number, text = ir.IntType(32), _BYTE.as_pointer()
    tell = _declare(module, ir.FunctionType(number, [number, text], var_arg=True), "dprintf")
    end = _declare(module, ir.FunctionType(ir.VoidType(), []), "abort")
    for axis, place in enumerate(places):
        length = _read_table(builder, table, name, 1 + axis, _WORD)
        # One comparison: a number below 0 is a huge one without its sign.
        with builder.if_then(builder.icmp_unsigned(">=", place, length), likely=False):
            words = f"floor.{name}, axis {axis}: index %ld of %ld in {builder.function.name}\n"
            message = context.insert_const_string(module, words)
            builder.call(tell, [ir.Constant(number, 2), message, place, length])
            builder.call(end, [])


def _find_element(context: Any, builder: Any, array: Any, table: Any, index: Any) -> Any:
    """Pointer to the first byte of an element."""
    name, dimensions = array.of, KINDS[array.of][1]
    places = [index] if dimensions == 1 else _unpack(builder, index)
    if CHECKS_BOUNDS:
        _check_bounds(context, builder, table, name, places)
    place = places[0]
    for axis in range(1, dimensions):
        place = builder.add(builder.mul(place, _read_table(builder, table, name, 1 + axis, _WORD)), places[axis])
    size = ir.Constant(_WORD, np.dtype(KINDS[name][0]).itemsize)
    return builder.gep(_read_table(builder, table, name, 0, _BYTE.as_pointer()), [builder.mul(place, size)])


def _tag(builder: Any, access: Any, name: str) -> Any:
    """Say that what is read or written here is of this name: a write of another name cannot have changed it.

    (LLVM's type-based alias analysis.) What was read before need not be read again after such a write.
    """
    module = builder.module
    root = module.add_metadata(["drumbeat floor"])
    kind = module.add_metadata([name, root, ir.Constant(_WORD, 0)])
    access.set_metadata("tbaa", module.add_metadata([kind, kind, ir.Constant(_WORD, 0)]))
    return access


@lower_getattr_generic(FloorType)  # type: ignore[no-untyped-call]
def _get_array(_context: Any, _builder: Any, _kind: Any, table: Any, _name: str) -> Any:
    return table


@lower_builtin(operator.getitem, ArrayType, types.intp)  # type: ignore[no-untyped-call]
@lower_builtin(operator.getitem, ArrayType, types.UniTuple)  # type: ignore[no-untyped-call]
def _get_element(context: Any, builder: Any, told: Any, arguments: Any) -> Any:
    array = told.args[0]
    at = _find_element(context, builder, array, arguments[0], arguments[1])
    if isinstance(told.return_type, RecordType):
        return at
    number = context.get_data_type(told.return_type)
    return _tag(builder, builder.load(builder.bitcast(at, number.as_pointer())), array.of)


@lower_builtin(operator.setitem, ArrayType, types.intp, types.Number)  # type: ignore[no-untyped-call]
@lower_builtin(operator.setitem, ArrayType, types.UniTuple, types.Number)  # type: ignore[no-untyped-call]
def _set_element(context: Any, builder: Any, told: Any, arguments: Any) -> Any:
    array = told.args[0]
    at = _find_element(context, builder, array, arguments[0], arguments[1])
    _tag(builder, builder.store(arguments[2], builder.bitcast(at, arguments[2].type.as_pointer())), array.of)
    return context.get_dummy_value()


@infer_getattr
class ArrayAttributes(AttributeTemplate):
    """`array.width`: the length of the second dimension."""

    key = ArrayType

    def resolve_width(self, _array: Any) -> Any:
        """Type of it."""
        return types.intp


@lower_getattr(ArrayType, "width")  # type: ignore[no-untyped-call]
def _get_width(_context: Any, builder: Any, array: Any, table: Any) -> Any:
    return _read_table(builder, table, array.of, 2, _WORD)


@lower_builtin(len, ArrayType)  # type: ignore[no-untyped-call]
def _count_elements(_context: Any, builder: Any, told: Any, arguments: Any) -> Any:
    return _read_table(builder, arguments[0], told.args[0].of, 1, _WORD)


def _find_field(builder: Any, record: Any, of: str, name: str, kind: Any) -> Any:
    fields = np.dtype(KINDS[of][0]).fields
    assert fields is not None
    at = builder.gep(record, [ir.Constant(_WORD, fields[name][1])])
    return builder.bitcast(at, kind.as_pointer())


@lower_getattr_generic(RecordType)  # type: ignore[no-untyped-call]
def _get_field(context: Any, builder: Any, kind: Any, record: Any, name: str) -> Any:
    fields = np.dtype(KINDS[kind.of][0]).fields
    assert fields is not None
    number = context.get_data_type(from_dtype(fields[name][0]))
    return _tag(builder, builder.load(_find_field(builder, record, kind.of, name, number)), f"{kind.of}.{name}")


@lower_setattr_generic(RecordType)  # type: ignore[no-untyped-call]
def _set_field(_context: Any, builder: Any, told: Any, arguments: Any, name: str) -> None:
    record, value = arguments
    of = told.args[0].of
    _tag(builder, builder.store(value, _find_field(builder, record, of, name, value.type)), f"{of}.{name}")


def _floor_at(_context: Any, address: Any) -> Any:
    """See the floor whose table is at an address."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], _BYTE.as_pointer())

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
        index = builder.mul(builder.add(place_value, ir.Constant(word, len(KINDS))), ir.Constant(word, 8 * PLACES))
        kind = ir.FunctionType(number, [word] * 4 + [number] * 3)
        at = builder.bitcast(builder.gep(table, [index]), word.as_pointer())
        function = builder.inttoptr(builder.load(at), kind.as_pointer())
        return builder.call(function, [builder.ptrtoint(table, word), *given])

    return types.float64(FLOOR, place, a, b, c, x, y, z), generate


call_far: Any = intrinsic(_call_far)
