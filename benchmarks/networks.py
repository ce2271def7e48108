"""Synthetic stiff networks in the shape of CAR therapy models, of any number of states.

Effector and memory cells and a tumour move over days and months; cytokines with half-lives from
five minutes to twelve hours drive each other in a chain, are driven by the cells that kill, and
act back on growth. Kills, growth signals and cytokine productions saturate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from livingdrug.model.builder import ModelBuilder
from livingdrug.model.model import Model
from livingdrug.model.variability import IIV

__all__ = ["Network", "make_network"]

_FASTEST, _SLOWEST = 5.0 / 1440.0, 0.5
"""Half-lives of the cytokines, day."""


@dataclass(frozen=True)
class Network:
    """Equations in plain text: the same text goes into every solver.

    Attributes
    ----------
    name : str
    initial : dict from str to float
    parameters : dict from str to float
    rates : dict from str to str
        Time derivative of each state, Python syntax.
    sizes : dict from str to float
        Typical sizes, for absolute tolerances.
    """

    name: str
    initial: dict[str, float]
    parameters: dict[str, float]
    rates: dict[str, str]
    sizes: dict[str, float]

    def model(self) -> Model:
        """Return the network as a model with 20 % variability of every rate."""
        m = ModelBuilder(self.name, title="synthetic network", dimensions="off")
        for name, value in self.initial.items():
            m.species(name, initial=value, unit="1", nominal=self.sizes[name])
        for name, value in self.parameters.items():
            m.parameter(name, value, "1", lower=0.0, iiv=IIV.cv(0.2))
        for name, rate in self.rates.items():
            m.rate(name, rate)
        return m.build()


def make_network(n_states: int) -> Network:
    """Return the network with `n_states` states.

    Parameters
    ----------
    n_states : int
        Five at the least: effector, memory, tumour and two cytokines.

    Returns
    -------
    Network
    """
    n = n_states - 3
    if n < 2:
        raise ValueError(f"n_states is {n_states}; allowed are 5 and more")
    lives = np.geomspace(_FASTEST, _SLOWEST, n)
    # fast and slow cytokines alternate along the chain
    order = np.argsort((np.arange(n) * 7) % n, kind="stable")
    parameters = {
        "growth": 1.3, "K_B": 200.0, "contraction": 0.12, "to_memory": 0.02, "decay_M": 0.004,
        "recall": 0.01, "division": 0.03, "capacity": 2000.0, "kill": 1.5, "K_kill": 15.0,
        "K_last": 4.0,
    }  # fmt: skip
    rates = {
        "E": f"growth * E * B / (K_B + B) * (0.3 + c1 / (1 + c1)) / (1 + (c{n} / K_last)**2)"
        " - (contraction + to_memory) * E + recall * M * B / (K_B + B)",
        "M": "to_memory * E - decay_M * M",
        "B": "division * B * (1 - B / capacity) - kill * E * B / (K_kill + E + 0.02 * B)",
    }
    initial, sizes = {"E": 0.3, "M": 0.05, "B": 500.0}, {"E": 10.0, "M": 10.0, "B": 500.0}
    for i in range(1, n + 1):
        parameters[f"d{i}"] = math.log(2.0) / lives[order[i - 1]]
        before = "c1" if i == 1 else f"c{i - 1}"
        source = f"E * B / (K_kill + E + 0.02 * B) / {1.0 + 0.5 * i}"
        drive = source if i == 1 else f"({source} + {before}**2 / (0.25 + {before}**2))"
        rates[f"c{i}"] = f"d{i} * ({drive} - c{i})"
        initial[f"c{i}"], sizes[f"c{i}"] = 0.0, 1.0
    return Network(f"network{n_states}", initial, parameters, rates, sizes)
