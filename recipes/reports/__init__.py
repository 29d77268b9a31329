"""Statistics, figures and pages from the records of trials."""
