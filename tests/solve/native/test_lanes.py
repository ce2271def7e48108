"""Two registers for each value where they fit into the first cache."""

import pytest

from livingdrug.solve.backends.native.lanes import lane_width
from livingdrug.system.machine import TargetStrings
from livingdrug.system.printers.llvm import WIDTHS


@pytest.mark.parametrize(
    ("features", "n_slots", "width"),
    [
        ("+avx2,+avx512f,+fma", 100, 16),
        ("+avx2,+avx512f,+fma", 384, 16),
        ("+avx2,+avx512f,+fma", 385, 8),
        ("+avx2,-avx512f,+fma", 100, 8),
        ("+avx2,-avx512f,+fma", 10_000, 8),
        ("", 100, 8),
    ],
)
def test_the_width_belongs_to_the_processor_and_the_model(features, n_slots, width):
    target = TargetStrings("x86_64-unknown-linux-gnu", "some", features, "22.1.0")
    assert lane_width(target, n_slots) == width
    assert width in WIDTHS
