"""One pointer instead of three hundred arguments.

Compiled functions take a named tuple by value, each of its arrays as seven numbers. The kernel's two
tuples hold fifty arrays, and passing them from function to function costs more than what the functions
do. :func:`shared` puts a tuple on the stack once and gives a pointer to it, whose fields are read by
name as before. Where nothing is compiled it returns the tuple itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    overload,
    register_model,
)

T = TypeVar("T")


class Shared(types.Type):
    """The type of a pointer to a named tuple on the stack of a caller.

    Its name tells tuples of one class apart whose fields have other types. Names of compiled functions are
    made of it, and where two that were compiled in different processes are called alike, a third process that
    loads both takes one for the other.
    """

    def __init__(self, tuple_type: Any) -> None:
        self.tuple_type = tuple_type
        fields = hashlib.sha256(tuple_type.name.encode()).hexdigest()[:16]
        super().__init__(name=f"Shared({tuple_type.instance_class.__name__}, {fields})")

    @property
    def key(self) -> Any:
        """What makes two of these types equal."""
        return self.tuple_type


@register_model(Shared)
class _SharedModel(models.PrimitiveModel):
    def __init__(self, manager: Any, shared_type: Shared) -> None:
        value_type = manager.lookup(shared_type.tuple_type).get_value_type()
        super().__init__(manager, shared_type, value_type.as_pointer())  # type: ignore[no-untyped-call]


@infer_getattr
class _SharedFields(AttributeTemplate):
    key = Shared

    def generic_resolve(self, shared_type: Shared, name: str) -> Any:  # type: ignore[override]
        fields = shared_type.tuple_type.fields
        return shared_type.tuple_type.types[fields.index(name)] if name in fields else None


@lower_getattr_generic(Shared)  # type: ignore[no-untyped-call, untyped-decorator]
def _load_field(context: Any, builder: Any, shared_type: Shared, pointer: Any, name: str) -> Any:
    index = shared_type.tuple_type.fields.index(name)
    return builder.load(cgutils.gep_inbounds(builder, pointer, 0, index))  # type: ignore[no-untyped-call]


@intrinsic
def _on_stack(_typing: Any, value: Any) -> tuple[Any, Callable[..., Any]]:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return cgutils.alloca_once_value(builder, arguments[0])  # type: ignore[no-untyped-call]

    return Shared(value)(value), generate


def shared(value: T) -> T:
    """Return a pointer to a named tuple, valid until the calling function returns.

    Compiled callers must be compiled without reference counts: the pointer does not keep arrays alive.
    """
    return value


@overload(shared, inline="always", strict=False)
def _shared(value: Any) -> Callable[..., Any]:
    return lambda value: _on_stack(value)  # type: ignore[call-arg]
