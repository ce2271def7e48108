"""Outcomes of simulated people: cure, relapse and progression, with their chances."""
