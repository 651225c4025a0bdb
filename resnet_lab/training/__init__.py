"""Training and evaluation of a run: the command line, the run folder, and the console."""
