"""``python -m livingdrug``."""

from livingdrug.cli import main

main()
