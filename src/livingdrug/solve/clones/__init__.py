"""Clones of a product: what they start with, how their sizes change, and how unequal they are."""
