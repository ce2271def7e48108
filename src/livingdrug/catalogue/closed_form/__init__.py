"""Published functions: models that are a formula, with nothing to integrate."""
