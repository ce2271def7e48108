"""Pass the job of the loop by its address.

numba passes a named tuple field by field, and an array as seven numbers: more than two hundred
arguments for each call. Compiling these was half of the time that the loop compiled for.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
)

__all__ = ["refer"]

_BYTES = ir.IntType(8).as_pointer()


class JobReference(types.Type):
    """The address of a named tuple; its fields are read through it."""

    def __init__(self, job: Any) -> None:
        self.job = job
        super().__init__(name=f"JobReference({job})")


@register_model(JobReference)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _BYTES)


@infer_getattr
class _Fields(AttributeTemplate):
    key = JobReference

    def generic_resolve(self, value: Any, attr: str) -> Any:  # type: ignore[override]
        """Return the type of a field."""
        return value.job.types[value.job.fields.index(attr)]


@lower_getattr_generic(JobReference)
def _read(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    """Load a field."""
    place = kind.job.fields.index(name)
    pointer = builder.bitcast(value, context.get_value_type(kind.job).as_pointer())
    return builder.load(cgutils.gep_inbounds(builder, pointer, 0, place))


@intrinsic
def refer(typing_context: Any, job: Any) -> Any:
    """Return the address of a copy of the tuple, which lives as long as the calling function."""
    del typing_context

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        place = cgutils.alloca_once_value(builder, arguments[0])
        return builder.bitcast(place, _BYTES)

    return JobReference(job)(job), generate
