"""Ask the processor to fetch what will be needed soon.

What an event touches lies scattered over memory, and waiting for it takes longer than the rest of the
event. Fetching early hides the wait; it changes no value, and where nothing is compiled it does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

_WORD = 8


@intrinsic
def _fetch(_typing: Any, array: Any, index: Any) -> tuple[Any, Callable[..., Any]]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type = signature.args[0]
        found = context.make_array(array_type)(context, builder, arguments[0])
        place = cgutils.get_item_pointer(  # type: ignore[no-untyped-call]
            context, builder, array_type, found, [arguments[1]], wraparound=False
        )
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        prefetch = builder.module.declare_intrinsic(
            "llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        )
        # for writing, to be kept in all caches, data
        first = builder.bitcast(place, byte)
        # a record may begin in one cache line and end in the next
        size = context.get_abi_sizeof(context.get_data_type(array_type.dtype))
        for offset in sorted({0, size - 1 if size > _WORD else 0}):
            one = builder.gep(first, [ir.IntType(64)(offset)])
            builder.call(prefetch, [one, word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


def fetch(_array: Any, _index: int) -> None:
    """Have ``array[index]`` fetched into the cache; ``array`` has one axis and the entry exists."""


@overload(fetch, inline="always", strict=False)
def _compiled_fetch(_array: Any, _index: Any) -> Callable[..., Any]:
    return lambda _array, _index: _fetch(_array, _index)  # type: ignore[call-arg]
