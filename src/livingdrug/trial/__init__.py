"""Virtual versions of trials."""
