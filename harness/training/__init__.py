"""Training: every model of a run on the same samples, in the same order, timed, and reported to a recorder."""
