"""Endpoints from any Course-shaped data, simulated or real."""
