"""Studies: observed and published data, each number with its statistic, people and source."""
