"""Checks of measured values: each file looks for one kind of fault, and changes nothing."""
