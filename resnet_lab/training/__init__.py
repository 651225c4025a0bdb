"""What surrounds a fit: the command line, and the run folder being written."""
