"""CAR-T cell models."""
