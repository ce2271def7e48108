"""Rebuilds of the models of cytokine release."""
