"""Jumps of single entities: exact and approximate simulation in compiled lanes."""
