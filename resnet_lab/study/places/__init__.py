"""Places of the runs of a study, one module per kind of place."""
