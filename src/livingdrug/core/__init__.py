"""Foundations without domain logic: errors, units, sources, schemas, provenance, random numbers."""
