"""Expressions: the graph, its text forms, derivatives, dimensions and values."""
