"""Ask many models the same question."""
