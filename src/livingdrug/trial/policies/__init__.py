"""Treatment that reacts to the state of each person, at decision times."""
