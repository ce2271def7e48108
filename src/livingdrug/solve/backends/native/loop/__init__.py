"""The compiled loop over lanes: independent of any model, compiled once by numba."""
