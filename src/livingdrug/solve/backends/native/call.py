"""Call a compiled block by its address from numba code, without a recompilation per model."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

__all__ = ["call_block"]


@intrinsic
def call_block(typing_context: Any, address: Any, array: Any) -> Any:  # noqa: ANN401 - numba's protocol
    """Call ``void block(double*)`` at `address` with the array at address `array`."""
    del typing_context, address, array
    signature = types.void(types.int64, types.int64)

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:  # noqa: ANN401
        pointer: Any = ir.PointerType()  # type: ignore[no-untyped-call]
        block: Any = ir.FunctionType(ir.VoidType(), [pointer])  # type: ignore[no-untyped-call]
        function = builder.inttoptr(arguments[0], block.as_pointer())
        builder.call(function, [builder.inttoptr(arguments[1], pointer)])
        return context.get_dummy_value()

    return signature, generate
