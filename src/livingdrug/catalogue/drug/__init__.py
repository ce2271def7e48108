"""Published pharmacokinetics of drugs given around engineered cells."""
