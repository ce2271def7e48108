"""Results to files and back."""
