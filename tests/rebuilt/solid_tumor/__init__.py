"""Rebuilds of the models of solid tumours."""
