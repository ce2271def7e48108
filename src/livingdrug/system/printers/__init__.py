"""From blocks to program text."""
