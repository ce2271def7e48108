"""Write LLVM IR as text: values of one lane width, one basic block.

Every method appends one instruction and returns the name of its value. There are no fast-math
flags anywhere: what is written is what is computed, at every width and on every processor.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

__all__ = ["Body", "bits_of"]


def bits_of(value: float) -> int:
    """Return the bits of a double as a signed 64-bit integer.

    Parameters
    ----------
    value : float

    Returns
    -------
    int
    """
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    return int(bits)


class Body:
    """The instructions of one function.

    Parameters
    ----------
    width : int
        Lanes; at 1 the values are scalars.

    Attributes
    ----------
    real, word, truth : str
        Types of numbers (double), bit patterns (i64) and conditions (i1).
    lines : list of str
    intrinsics : set of str
        Declarations that the module must hold.
    calls : set of str
        Elementary functions that the module must define.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.real, self.word, self.truth = (
            base if width == 1 else f"<{width} x {base}>" for base in ("double", "i64", "i1")
        )
        self.lines: list[str] = []
        self.intrinsics: set[str] = set()
        self.calls: set[str] = set()

    def emit(self, text: str) -> str:
        """Append an instruction that has a value.

        Parameters
        ----------
        text : str
            Its right-hand side.

        Returns
        -------
        str
        """
        name = f"%e{len(self.lines)}"
        self.lines.append(f"  {name} = {text}")
        return name

    def _constant(self, base: str, text: str) -> str:
        return text if self.width == 1 else f"splat ({base} {text})"

    def number(self, value: float) -> str:
        """Return a constant.

        Parameters
        ----------
        value : float

        Returns
        -------
        str
        """
        return self._constant("double", f"0x{bits_of(value) & (2**64 - 1):016X}")

    def bits(self, value: int) -> str:
        """Return a constant bit pattern.

        Parameters
        ----------
        value : int

        Returns
        -------
        str
        """
        return self._constant("i64", str(value))

    def _real(self, operation: str, *args: str) -> str:
        return self.emit(f"{operation} {self.real} {', '.join(args)}")

    def add(self, a: str, b: str) -> str:
        """``a + b``."""
        return self._real("fadd", a, b)

    def sub(self, a: str, b: str) -> str:
        """``a - b``."""
        return self._real("fsub", a, b)

    def mul(self, a: str, b: str) -> str:
        """``a * b``."""
        return self._real("fmul", a, b)

    def div(self, a: str, b: str) -> str:
        """``a / b``."""
        return self._real("fdiv", a, b)

    def neg(self, a: str) -> str:
        """``-a``."""
        return self._real("fneg", a)

    def _intrinsic(self, name: str, *args: str) -> str:
        suffix = "f64" if self.width == 1 else f"v{self.width}f64"
        full = f"@llvm.{name}.{suffix}"
        types = ", ".join([self.real] * len(args))
        self.intrinsics.add(f"declare {self.real} {full}({types})")
        return self.emit(f"call {self.real} {full}({self._typed(args)})")

    def _typed(self, args: Sequence[str]) -> str:
        return ", ".join(f"{self.real} {arg}" for arg in args)

    def fma(self, a: str, b: str, c: str) -> str:
        """``a * b + c``, rounded once."""
        return self._intrinsic("fma", a, b, c)

    def sqrt(self, a: str) -> str:
        """Square root, correctly rounded."""
        return self._intrinsic("sqrt", a)

    def abs(self, a: str) -> str:
        """``a`` without its sign."""
        return self._intrinsic("fabs", a)

    def copysign(self, size: str, sign: str) -> str:
        """``size`` with the sign of ``sign``."""
        return self._intrinsic("copysign", size, sign)

    def floor(self, a: str) -> str:
        """Largest whole number not above."""
        return self._intrinsic("floor", a)

    def ceil(self, a: str) -> str:
        """Smallest whole number not below."""
        return self._intrinsic("ceil", a)

    def compare(self, relation: str, a: str, b: str) -> str:
        """Compare.

        Parameters
        ----------
        relation : str
            Of LLVM's ``fcmp``: ``olt``, ``ole``, ``ogt``, ``oge``, ``oeq``, ``une``, ``uno``, ...
        a, b : str

        Returns
        -------
        str
            A condition.
        """
        return self._real(f"fcmp {relation}", a, b)

    def select(self, condition: str, a: str, b: str) -> str:
        """``a`` where the condition holds, else ``b``."""
        return self.emit(f"select {self.truth} {condition}, {self.real} {a}, {self.real} {b}")

    def logic(self, operation: str, a: str, b: str) -> str:
        """Join two conditions with ``and``, ``or`` or ``xor``."""
        return self.emit(f"{operation} {self.truth} {a}, {b}")

    def negate(self, condition: str) -> str:
        """Return the opposite condition."""
        return self.logic("xor", condition, self._constant("i1", "true"))

    def word_op(self, operation: str, a: str, b: str) -> str:
        """Apply an integer operation (``add``, ``sub``, ``and``, ``or``, ``shl``, ``lshr``)."""
        return self.emit(f"{operation} {self.word} {a}, {b}")

    def word_is(self, a: str, value: int) -> str:
        """Whether a bit pattern equals a constant."""
        return self.emit(f"icmp eq {self.word} {a}, {self.bits(value)}")

    def to_bits(self, a: str) -> str:
        """Bit pattern of a number."""
        return self.emit(f"bitcast {self.real} {a} to {self.word}")

    def from_bits(self, a: str) -> str:
        """Number with a bit pattern."""
        return self.emit(f"bitcast {self.word} {a} to {self.real}")

    def call(self, function: str, *args: str) -> str:
        """Call an elementary function of the module.

        Parameters
        ----------
        function : str
            Its name in `livingdrug.system.printers.elementary`.
        *args : str

        Returns
        -------
        str
        """
        self.calls.add(function)
        return self.emit(f"call fastcc {self.real} @elementary.{function}({self._typed(args)})")

    @property
    def pair(self) -> str:
        """Type of two numbers."""
        return f"{{ {self.real}, {self.real} }}"

    def packed(self, high: str, low: str) -> str:
        """Two numbers as one value, for a function that returns both."""
        half = self.emit(f"insertvalue {self.pair} undef, {self.real} {high}, 0")
        return self.emit(f"insertvalue {self.pair} {half}, {self.real} {low}, 1")

    def call_pair(self, function: str, *args: str) -> tuple[str, str]:
        """Call an elementary function that returns two numbers."""
        self.calls.add(function)
        both = self.emit(f"call fastcc {self.pair} @elementary.{function}({self._typed(args)})")
        high, low = (self.emit(f"extractvalue {self.pair} {both}, {place}") for place in (0, 1))
        return high, low

    def polynomial(self, coefficients: Sequence[float], x: str, square: str | None = None) -> str:
        """Evaluate a polynomial, even and odd powers side by side to halve the chain.

        Parameters
        ----------
        coefficients : sequence of float
            Lowest degree first; two at the least.
        x : str
        square : str, optional
            ``x * x``, if it is at hand.

        Returns
        -------
        str
        """
        square = square or self.mul(x, x)
        chains = []
        for part in (coefficients[1::2], coefficients[0::2]):
            total = self.number(part[-1])
            for coefficient in part[-2::-1]:
                total = self.fma(total, square, self.number(coefficient))
            chains.append(total)
        return self.fma(chains[0], x, chains[1])

    # Pairs: an unevaluated sum of two doubles, the second at most half a unit of the first.

    def fast_two_sum(self, a: str, b: str) -> tuple[str, str]:
        """Exact ``a + b`` as a pair; ``a`` is not the smaller one, or is zero."""
        total = self.add(a, b)
        return total, self.sub(b, self.sub(total, a))

    def two_sum(self, a: str, b: str) -> tuple[str, str]:
        """Exact ``a + b`` as a pair."""
        total = self.add(a, b)
        part = self.sub(total, a)
        return total, self.add(self.sub(a, self.sub(total, part)), self.sub(b, part))

    def two_product(self, a: str, b: str) -> tuple[str, str]:
        """Exact ``a * b`` as a pair."""
        product = self.mul(a, b)
        return product, self.fma(a, b, self.neg(product))

    def pair_product(self, a: tuple[str, str], b: tuple[str, str]) -> tuple[str, str]:
        """Product of pairs, good to about 100 bits; the pair is not normalised."""
        high, low = self.two_product(a[0], b[0])
        return high, self.fma(a[0], b[1], self.fma(a[1], b[0], low))

    def pair_ratio(self, a: tuple[str, str], b: tuple[str, str]) -> tuple[str, str]:
        """Ratio of pairs with one division, good to about 100 bits."""
        inverse = self.div(self.number(1.0), b[0])
        high = self.mul(a[0], inverse)
        rest = self.fma(self.neg(high), b[0], a[0])
        rest = self.fma(self.neg(high), b[1], self.add(rest, a[1]))
        return high, self.mul(rest, inverse)
