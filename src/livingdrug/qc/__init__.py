"""Evidence: re-run what the catalogue claims."""
