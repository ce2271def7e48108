"""Figures of simulations; nothing here computes a result."""
