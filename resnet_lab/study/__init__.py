"""Studies: a grid of cells and seeds, run as separate processes and continued after a stop. Imports no torch."""
