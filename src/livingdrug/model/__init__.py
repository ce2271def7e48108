"""Descriptions of models: species, parameters, reactions, events, observables, variability."""
