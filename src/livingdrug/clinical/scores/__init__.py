"""Risk scores whose definition was read in a source; nothing else is offered."""
