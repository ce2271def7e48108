"""Models of cytokine release."""
