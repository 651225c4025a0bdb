"""What surrounds a fit: the command line, the run folder being written, hardware defaults."""
