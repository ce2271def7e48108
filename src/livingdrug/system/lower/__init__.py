"""From a Model to named blocks of expressions over slots."""
