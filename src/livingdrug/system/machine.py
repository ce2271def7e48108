"""Turn LLVM IR into machine code.

LLVM may only do what keeps every bit: no fast-math flags are in the text, its vectoriser is
off, and a processor without fused multiply-add is refused, because there the elementary
functions would call a library.
"""

from __future__ import annotations

import functools
import importlib
import os
import threading
import weakref
from dataclasses import dataclass
from typing import Any

from livingdrug.core.errors import (
    CapabilityError,
    DataError,
    LivingDrugError,
    OptionError,
    UnknownNameError,
    unknown_name,
)

__all__ = [
    "CompiledModule",
    "TargetStrings",
    "assembly",
    "compile_module",
    "emit_object",
    "load_object",
    "target_strings",
]

_LOCK = threading.RLock()  # LLVM's global tables are not safe for threads

_PROBE = """
declare double @llvm.fma.f64(double, double, double)
declare double @llvm.floor.f64(double)
declare double @llvm.ceil.f64(double)
declare double @llvm.sqrt.f64(double)
define double @probe(double %a, double %b, double %c) {
  %d = call double @llvm.fma.f64(double %a, double %b, double %c)
  %e = call double @llvm.floor.f64(double %d)
  %f = fadd double %d, %e
  %g = call double @llvm.ceil.f64(double %f)
  %h = fadd double %f, %g
  %i = call double @llvm.sqrt.f64(double %h)
  ret double %i
}
"""


@dataclass(frozen=True, slots=True)
class TargetStrings:
    """What code is compiled for: the parts of a cache key that belong to the machine.

    Attributes
    ----------
    triple, cpu, features : str
        As LLVM names them.
    llvm : str
        Version of LLVM.
    """

    triple: str
    cpu: str
    features: str
    llvm: str


class CompiledModule:
    """Machine code in memory; its addresses are valid while this object lives.

    Parameters
    ----------
    object_bytes : bytes
    target : TargetStrings
        What it was compiled for.

    Attributes
    ----------
    object_bytes : bytes
        The object file, to be kept and loaded again on the same kind of machine.
    target : TargetStrings
    """

    def __init__(self, object_bytes: bytes, target: TargetStrings) -> None:
        self.object_bytes = object_bytes
        self.target = target
        self._addresses: dict[str, int] = {}
        with _LOCK:
            llvm = _binding()
            # a context of its own, so that it can be freed while another thread compiles
            context = llvm.create_context()
            module = llvm.parse_assembly("", context)
            machine = _machine(target.triple, target.cpu, target.features, 2)
            module.triple, module.data_layout = machine.triple, str(machine.target_data)
            # llvmlite's memory manager keeps code and constants within reach of each other
            self._engine = llvm.create_mcjit_compiler(module, machine, use_lmm=True)
            weakref.finalize(self, _close, self._engine, context)
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(object_bytes))
            self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Return the address of a function.

        Parameters
        ----------
        name : str

        Returns
        -------
        int

        Raises
        ------
        UnknownNameError
            If the module has no such function.
        """
        if name not in self._addresses:
            with _LOCK:
                address = int(self._engine.get_function_address(name))
            if not address:
                raise UnknownNameError([unknown_name("compiled function", name, self._addresses)])
            self._addresses[name] = address
        return self._addresses[name]

    def __repr__(self) -> str:
        size = len(self.object_bytes)
        return f"<CompiledModule: {size} bytes for {self.target.cpu} ({self.target.triple})>"


def _close(engine: Any, context: Any) -> None:  # noqa: ANN401 - objects of llvmlite
    with _LOCK:
        engine.close()
        context.close()


@functools.cache
def _binding() -> Any:  # noqa: ANN401 - llvmlite has no types
    try:
        llvm: Any = importlib.import_module("llvmlite.binding")
    except ImportError as error:
        raise CapabilityError(
            "compiled models need llvmlite; install it or use the reference backend"
        ) from error
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def target_strings(
    *, cpu: str | None = None, features: str | None = None, triple: str | None = None
) -> TargetStrings:
    """Return the full names of a target.

    Parameters
    ----------
    cpu : str, optional
        As ``"haswell"`` or ``"x86-64-v3"``; by default that of this machine.
    features : str, optional
        As ``"+avx2,-avx512f"``; by default what this machine has if `cpu` is left out, else
        what the named processor has.
    triple : str, optional
        By default that of this process.

    Returns
    -------
    TargetStrings
    """
    with _LOCK:
        llvm = _binding()
        version = ".".join(str(part) for part in llvm.llvm_version_info)
        if triple is not None:
            return TargetStrings(triple, cpu or "generic", features or "", version)
        # LLVM's loader reads no other object format on Windows
        triple = llvm.get_process_triple() + ("-elf" if os.name == "nt" else "")
        if cpu is None:
            cpu = llvm.get_host_cpu_name()
            features = features or llvm.get_host_cpu_features().flatten()
        return TargetStrings(str(triple), cpu, features or "", version)


def compile_module(
    ir: str, *, cpu: str | None = None, features: str | None = None, opt: int = 2
) -> CompiledModule:
    """Compile a module and load it.

    Parameters
    ----------
    ir : str
        Text of an LLVM module.
    cpu, features : str, optional
        See `target_strings`.
    opt : int, optional
        Level of optimisation, 0 to 3.

    Returns
    -------
    CompiledModule

    Raises
    ------
    CapabilityError
        If the processor has no fused multiply-add.
    OptionError
        For an unknown level or processor.
    LivingDrugError
        If LLVM does not accept the text.
    """
    target = target_strings(cpu=cpu, features=features)
    return CompiledModule(emit_object(ir, target, opt=opt), target)


def load_object(
    object_bytes: bytes, *, cpu: str | None = None, features: str | None = None
) -> CompiledModule:
    """Load the object file of a module compiled before.

    Parameters
    ----------
    object_bytes : bytes
        `CompiledModule.object_bytes`, for this kind of machine.
    cpu, features : str, optional
        What it was compiled for.

    Returns
    -------
    CompiledModule

    Raises
    ------
    DataError
        If it is not a whole object file. Only its outer form can be checked: whoever keeps
        the bytes must know by a digest that they are unchanged, or running them may crash.
    """
    if not _is_object(object_bytes):
        raise DataError("the compiled module is damaged or cut short; compile it again")
    return CompiledModule(object_bytes, target_strings(cpu=cpu, features=features))


def _is_object(data: bytes) -> bool:
    """Tell whether bytes begin as an object file and, for ELF, end where they must."""
    if data[:4] == b"\xcf\xfa\xed\xfe":  # Mach-O
        return True
    if data[:4] != b"\x7fELF" or len(data) < 64:
        return False
    start = int.from_bytes(data[40:48], "little")
    size, count = (int.from_bytes(data[place : place + 2], "little") for place in (58, 60))
    return start >= 64 and start + size * count <= len(data)  # the table of sections is last


def emit_object(ir: str, target: TargetStrings, *, opt: int = 2) -> bytes:
    """Compile a module to an object file, for this machine or another.

    Parameters
    ----------
    ir : str
    target : TargetStrings
    opt : int, optional

    Returns
    -------
    bytes

    Raises
    ------
    CapabilityError, OptionError, LivingDrugError
        As `compile_module`.
    """
    with _LOCK:
        machine, module = _optimised(ir, target, opt)
        return bytes(machine.emit_object(module))


def assembly(ir: str, target: TargetStrings, *, opt: int = 2) -> str:
    """Compile a module to assembly text, for reading.

    Parameters
    ----------
    ir : str
    target : TargetStrings
    opt : int, optional

    Returns
    -------
    str

    Raises
    ------
    CapabilityError, OptionError, LivingDrugError
        As `compile_module`.
    """
    with _LOCK:
        machine, module = _optimised(ir, target, opt)
        return str(machine.emit_assembly(module))


def _optimised(ir: str, target: TargetStrings, opt: int) -> tuple[Any, Any]:
    if opt not in (0, 1, 2, 3):
        raise OptionError(f"opt is {opt}; allowed are 0, 1, 2, 3")
    _require_fma(target)
    llvm = _binding()
    machine = _machine(target.triple, target.cpu, target.features, opt)
    module = _parse(ir, machine)
    options = llvm.create_pipeline_tuning_options(speed_level=opt)
    options.slp_vectorization = options.loop_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return machine, module


def _parse(ir: str, machine: Any) -> Any:  # noqa: ANN401 - objects of llvmlite
    llvm = _binding()
    try:
        module = llvm.parse_assembly(ir, llvm.create_context())
        module.triple, module.data_layout = machine.triple, str(machine.target_data)
        module.verify()
    except RuntimeError as error:
        raise LivingDrugError(f"LLVM does not accept a printed module: {error}") from error
    return module


def _machine(triple: str, cpu: str, features: str, opt: int) -> Any:  # noqa: ANN401
    llvm = _binding()
    if triple.partition("-")[0] != llvm.get_process_triple().partition("-")[0]:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
    try:
        return llvm.Target.from_triple(triple).create_target_machine(
            cpu=cpu, features=features, opt=opt, reloc="pic", codemodel="small", jit=True
        )
    except RuntimeError as error:
        raise OptionError(f"LLVM has no target {triple!r}, cpu {cpu!r}: {error}") from error


@functools.cache
def _require_fma(target: TargetStrings) -> None:
    machine = _machine(target.triple, target.cpu, target.features, 2)
    text = str(machine.emit_assembly(_parse(_PROBE, machine)))
    # where an instruction is missing, LLVM calls the function of the C library
    missing = [name for name in ("fma", "floor", "ceil", "sqrt") if _calls(text, name)]
    if missing:
        raise CapabilityError(
            f"compiled models need a processor with instructions for {', '.join(missing)} (x86-64 "
            f"from about 2013: FMA3); the target is {target.cpu} ({target.triple}). Use the "
            "reference backend there"
        )


def _calls(text: str, name: str) -> bool:
    """Tell whether assembly text has a C function as an operand."""
    for line in text.splitlines():
        words = line.replace("@", " ").split()
        if len(words) >= 2 and words[1].lstrip("_") == name and words[0][0] in "bcj":
            return True
    return False
