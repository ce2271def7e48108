"""Counter-based random numbers: a value depends on what it is for, never on what else is drawn.

Every number is one output of Philox4x32-10, a keyed bijection of 128-bit counters. Nothing has a
state, so adding a subject, a parameter, a chunk or a thread changes no other number.

==================  =============================================================================
key word 0          low 32 bits of the seed
key word 1          hash of the purpose xor ``mix32(high 32 bits of the seed)`` xor high 32 bits
                    of the subject word pair
counter word 0      low 32 bits of the subject word pair
counter word 1      replicate
counter word 2      hash of the name (of a parameter, an observable, ...), or an event index
counter word 3      block: draw ``d`` is half ``d % 2`` of block ``d // 2``
==================  =============================================================================

Seeds below 2**32 with any purpose give distinct keys; larger seeds give distinct keys within each
purpose (``mix32``, the finaliser of MurmurHash3, is a bijection and maps 0 to 0). An integer
subject is its own word pair (two's complement), so distinct integers never share a stream. A text
label becomes the 64-bit FNV-1a hash of its code points followed by ``mix64``, the finaliser of
SplitMix64: the chance that any two of a million labels share a stream is 3e-8. The subject ``17``
and the label ``"17"`` are different subjects.

References
----------
Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
doi:10.1145/2063384.2063405.
"""

from __future__ import annotations

import enum
import functools
import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livingdrug.core.errors import OptionError

__all__ = [
    "Purpose",
    "colliding_names",
    "integers_hash",
    "key_words",
    "normals",
    "philox4x32",
    "subject_words",
    "uniforms",
]

UInt32Array = NDArray[np.uint32]
UInt64Array = NDArray[np.uint64]
FloatArray = NDArray[np.float64]

_ROUNDS = 10
_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_FNV_OFFSET = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x00000100000001B3)
_BLOCKS_PER_PASS = 1 << 14  # working arrays of one pass stay in the second-level cache


class Purpose(enum.Enum):
    """What a random number is for. Each purpose has its own streams under one seed."""

    VARIABILITY = "variability"
    """Differences between subjects (IIV)."""
    OCCASION = "occasion"
    """Differences between occasions of one subject (IOV)."""
    COVARIATE = "covariate"
    """Body weight, tumour burden and other covariates of virtual subjects."""
    RESIDUAL = "residual"
    """Assay and model error of observed values."""
    EVENT_ORDER = "event order"
    """Order of simultaneous events."""
    STOCHASTIC = "stochastic"
    """Jump, tau-leap and Langevin trajectories."""
    TRIAL = "trial"
    """Enrolment, allocation and dropout of a simulated trial."""
    UNCERTAINTY = "uncertainty"
    """Uncertainty of population parameters."""
    DESIGN = "design"
    """Points of a sensitivity analysis."""
    RESAMPLING = "resampling"
    """Bootstrap and permutation."""
    ESTIMATION = "estimation"
    """Random steps of an estimator."""


@functools.lru_cache(maxsize=65536)
def integers_hash(name: str) -> int:
    """Return the stable 32-bit hash of a name.

    The first four bytes, little-endian, of BLAKE2b with ``digest_size=4`` of the UTF-8 text.

    Parameters
    ----------
    name : str

    Returns
    -------
    int
        In ``0 .. 2**32 - 1``, the same on every machine and in every version.

    Examples
    --------
    >>> integers_hash("rho") == integers_hash("rho"), integers_hash("rho") == integers_hash("eta")
    (True, False)
    """
    digest = hashlib.blake2b(name.encode("utf-8"), digest_size=4).digest()
    return int.from_bytes(digest, "little")


def colliding_names(names: Iterable[str]) -> list[tuple[str, str]]:
    """Find different names that would draw the same numbers, so that a model can be refused.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    list of tuple of str
        Pairs with equal `integers_hash`; with 100 names there is one in 1e6 cases.
    """
    seen: dict[int, str] = {}
    pairs = [(seen.setdefault(integers_hash(name), name), name) for name in names]
    return [(first, name) for first, name in pairs if first != name]


def philox4x32(counter: ArrayLike, key: ArrayLike) -> UInt32Array:
    """Apply Philox4x32-10 to many counters at once.

    Parameters
    ----------
    counter : array_like of uint32, shape (..., 4)
    key : array_like of uint32, shape (..., 2)
        The leading shapes are broadcast against each other.

    Returns
    -------
    ndarray of uint32, shape (..., 4)
    """
    counters = np.asarray(counter, dtype=np.uint32)
    keys = np.asarray(key, dtype=np.uint32)
    if counters.shape[-1:] != (4,) or keys.shape[-1:] != (2,):
        raise OptionError(
            f"philox4x32 got counter shape {counters.shape} and key shape {keys.shape}; "
            "the last axes must be 4 and 2"
        )
    shape = np.broadcast_shapes(counters.shape[:-1], keys.shape[:-1])
    words = [counters[..., index].astype(np.uint64) for index in range(4)]
    key_pair = [keys[..., index].astype(np.uint64) for index in range(2)]
    out = np.empty((*shape, 4), dtype=np.uint32)
    for index, word in enumerate(_rounds(words, key_pair)):
        out[..., index] = word
    return out


def _rounds(words: list[UInt64Array], key: list[UInt64Array]) -> list[UInt64Array]:
    """Ten rounds on 32-bit words held in uint64, so that a product is one multiplication."""
    c0, c1, c2, c3 = words
    k0, k1 = key
    for index in range(_ROUNDS):
        if index:
            k0 = (k0 + _WEYL_0) & _MASK
            k1 = (k1 + _WEYL_1) & _MASK
        product_0 = c0 * _MULTIPLIER_0
        product_1 = c2 * _MULTIPLIER_1
        c0 = (product_1 >> _SHIFT) ^ c1 ^ k0
        c2 = (product_0 >> _SHIFT) ^ c3 ^ k1
        c1 = product_1 & _MASK
        c3 = product_0 & _MASK
    return [c0, c1, c2, c3]


def _mix32(word: int) -> int:
    """Finaliser of MurmurHash3: a bijection of 32-bit words with 0 -> 0."""
    word ^= word >> 16
    word = word * 0x85EBCA6B & 0xFFFFFFFF
    word ^= word >> 13
    word = word * 0xC2B2AE35 & 0xFFFFFFFF
    return word ^ word >> 16


def key_words(seed: int, purpose: Purpose) -> tuple[int, int]:
    """Return the key of a seed and a purpose, for subjects with high word 0.

    Parameters
    ----------
    seed : int
        In ``0 .. 2**64 - 1``.
    purpose : Purpose

    Returns
    -------
    tuple of int
        Two 32-bit words; a subject's high word is to be xored into the second.

    Raises
    ------
    OptionError
        When the seed is not such an integer.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise OptionError(f"seed is {seed!r}; it must be an integer from 0 to 2**64 - 1")
    number = int(seed)
    if not 0 <= number < 2**64:
        raise OptionError(f"seed is {number}; it must lie between 0 and 2**64 - 1")
    purpose_word = integers_hash(f"purpose:{purpose.value}")
    return number & 0xFFFFFFFF, purpose_word ^ _mix32(number >> 32)


def subject_words(subjects: ArrayLike) -> tuple[UInt32Array, UInt32Array]:
    """Return the pair of 32-bit words that identifies each subject.

    Parameters
    ----------
    subjects : array_like of int or str, shape (n,)
        Subject ids; any 64-bit integer, or text labels.

    Returns
    -------
    low, high : ndarray of uint32, shape (n,)
        ``high`` is 0 for integers below 2**32.

    Raises
    ------
    OptionError
        When the ids are neither all integers nor all text, or have more than one dimension.
    """
    ids = np.asarray(subjects)
    if ids.ndim != 1:
        raise OptionError(f"subjects has {ids.ndim} dimensions; give a list of subject ids")
    if ids.dtype.kind == "O" and all(type(item) is int for item in ids):
        ids = ids.astype(np.int64)
    if ids.dtype.kind in "iu":
        pairs = ids.astype(np.uint64)  # two's complement
    elif ids.size == 0:
        pairs = np.empty(0, dtype=np.uint64)
    else:
        pairs = _label_words(_as_labels(ids))
    return (pairs & _MASK).astype(np.uint32), (pairs >> _SHIFT).astype(np.uint32)


def _as_labels(ids: NDArray[np.generic]) -> NDArray[np.str_]:
    if ids.dtype.kind in "OT":
        wrong = [item for item in ids.tolist() if not isinstance(item, str)]
        if wrong:
            raise OptionError(
                f"subject id {wrong[0]!r} is a {type(wrong[0]).__name__}; "
                "ids must be all integers or all text"
            )
    elif ids.dtype.kind != "U":
        raise OptionError(f"subject ids have type {ids.dtype}; they must be integers or text")
    return np.array(ids.tolist(), dtype=np.str_)


def _label_words(labels: NDArray[np.str_]) -> UInt64Array:
    """FNV-1a over code points, column by column of the fixed-width text, then SplitMix64's end."""
    width = labels.dtype.itemsize // 4
    codes = np.ascontiguousarray(labels).astype(f"<U{width}").view("<u4")
    codes = codes.reshape(labels.size, width)
    state = np.full(labels.size, _FNV_OFFSET, dtype=np.uint64)
    used = np.strings.str_len(labels)
    for column in range(width):
        # positions after the end of a label are padding: the width of the array must not matter
        mixed = (state ^ codes[:, column].astype(np.uint64)) * _FNV_PRIME
        state = np.where(column < used, mixed, state)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def uniforms(
    *,
    seed: int,
    purpose: Purpose,
    subjects: ArrayLike,
    name: str | int,
    replicate: ArrayLike = 0,
    draws: int = 1,
) -> FloatArray:
    """Draw uniform numbers in the open interval (0, 1).

    Each is an odd multiple of 2**-53 made from 52 bits of two Philox words, so neither 0 nor 1
    occurs and ``u`` and ``1 - u`` are equally likely and both exact.

    Parameters
    ----------
    seed : int
        In ``0 .. 2**64 - 1``.
    purpose : Purpose
    subjects : array_like of int or str, shape (n,)
        Subject ids, not positions.
    name : str or int
        What is drawn, as a parameter name; or an event index in ``0 .. 2**32 - 1``.
    replicate : int or array_like of int, shape (n,), optional
    draws : int, optional
        Numbers per subject; draw ``d`` is the same however many are asked for.

    Returns
    -------
    ndarray of float64, shape (n, draws)

    Raises
    ------
    OptionError
        When an argument is outside its range.
    """
    low, high = subject_words(subjects)
    key_0, key_1 = key_words(seed, purpose)
    word_2 = integers_hash(name) if isinstance(name, str) else _word(name, "event index")
    repeats = _replicates(replicate, low.size)
    blocks = (_word(draws, "draws") + 1) // 2
    values = np.empty((low.size, blocks, 2), dtype=np.float64)
    rows = max(1, _BLOCKS_PER_PASS // max(1, blocks))
    key = [np.full((1, 1), word, dtype=np.uint64) for word in (key_0, key_1)]
    for start in range(0, low.size, rows):
        part = slice(start, start + rows)
        words = [
            low[part, np.newaxis].astype(np.uint64),
            repeats[part, np.newaxis],
            np.full((1, 1), word_2, dtype=np.uint64),
            np.arange(blocks, dtype=np.uint64)[np.newaxis, :],
        ]
        out = _rounds(words, [key[0], key[1] ^ high[part, np.newaxis]])
        values[part, :, 0] = _unit_interval(out[0], out[1])
        values[part, :, 1] = _unit_interval(out[2], out[3])
    return np.ascontiguousarray(values.reshape(low.size, 2 * blocks)[:, :draws])


def _unit_interval(high: UInt64Array, low: UInt64Array) -> FloatArray:
    # 52 bits and a half: with 53 bits the largest value would round to 1
    bits = (high << np.uint64(20)) | (low >> np.uint64(12))
    return (bits.astype(np.float64) + 0.5) * 2.0**-52


def _word(value: int, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise OptionError(f"{what} is {value!r}; it must be an integer")
    if not 0 <= int(value) < 2**32:
        raise OptionError(f"{what} is {value}; it must lie between 0 and 2**32 - 1")
    return int(value)


def _replicates(replicate: ArrayLike, n: int) -> UInt64Array:
    numbers = np.asarray(replicate)
    if numbers.dtype.kind not in "iu" or numbers.shape not in {(), (n,)}:
        raise OptionError(
            f"replicate has type {numbers.dtype} and shape {numbers.shape}; "
            f"it must be an integer or one integer for each of the {n} subjects"
        )
    if numbers.size and not (int(numbers.min()) >= 0 and int(numbers.max()) < 2**32):
        raise OptionError("replicate must lie between 0 and 2**32 - 1")
    return np.broadcast_to(numbers.astype(np.uint64), (n,))


def normals(
    *,
    seed: int,
    purpose: Purpose,
    subjects: ArrayLike,
    name: str | int,
    replicate: ArrayLike = 0,
    draws: int = 1,
) -> FloatArray:
    """Draw standard normal numbers by the inverse of the distribution function.

    One uniform gives one normal, so that no draw depends on how another one was made. The
    largest absolute value that can occur is 8.21.

    Parameters
    ----------
    seed, purpose, subjects, name, replicate, draws
        As for `uniforms`.

    Returns
    -------
    ndarray of float64, shape (n, draws)

    Raises
    ------
    OptionError
        When an argument is outside its range.
    """
    from scipy.special import ndtri

    levels = uniforms(
        seed=seed, purpose=purpose, subjects=subjects, name=name, replicate=replicate, draws=draws
    )
    values: FloatArray = ndtri(levels)
    return values
