"""PEtab: problems of parameter estimation, read, simulated, compared with data and written."""
