"""Grades of toxicity, from what was done for a person and what was measured."""
