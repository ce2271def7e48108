"""Models of natural killer cells."""
