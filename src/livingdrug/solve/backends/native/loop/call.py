"""Call a compiled block by its address from numba code, without a recompilation per model."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

__all__ = ["call_block", "stay_apart"]


@intrinsic
def call_block(typing_context: Any, address: Any, array: Any) -> Any:
    """Call ``void block(double*)`` at `address` with the array at address `array`."""
    del typing_context, address, array
    signature = types.void(types.int64, types.int64)

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        pointer: Any = ir.PointerType()
        block: Any = ir.FunctionType(ir.VoidType(), [pointer])
        function = builder.inttoptr(arguments[0], block.as_pointer())
        builder.call(function, [builder.inttoptr(arguments[1], pointer)])
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def stay_apart(typing_context: Any) -> Any:
    """Keep LLVM from copying the function that this stands in into its callers.

    The rare parts of the loop, inlined into it, make it so long that it takes seconds to compile.
    """
    del typing_context

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        del arguments
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate
