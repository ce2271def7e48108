"""Models compiled to an index layout and flat expressions."""
