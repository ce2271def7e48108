"""Rebuilds of the models of drugs."""
