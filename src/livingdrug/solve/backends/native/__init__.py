"""The native backend: compiled blocks, lanes with their own clocks, Rodas5P."""
