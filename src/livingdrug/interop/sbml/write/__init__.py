"""From a Model to SBML."""
