"""Layout of a figure, equal in every run."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox

__all__ = ["SteadyLayoutEngine"]

_DECIMALS = 9  # of a figure's width: far below a pixel, far above a rounding


class SteadyLayoutEngine(ConstrainedLayoutEngine):
    """Constrained layout with rounded positions.

    The solver below it goes through its variables in the order of their addresses, so that its
    positions differ by a rounding from call to call, and with them some pixels of a written file.
    """

    def execute(self, fig: Figure) -> None:
        """Place the axes.

        Parameters
        ----------
        fig : matplotlib.figure.Figure
        """
        super().execute(fig)
        for axes in fig.axes:
            box = axes.get_position(original=True)
            axes.set_position(Bbox(box.get_points().round(_DECIMALS)))
            axes.set_in_layout(True)  # setting a position takes the axes out of the layout
