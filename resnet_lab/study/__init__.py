"""Arms over seeds: planned, run each as its own process, taken up where they stopped; needs no torch."""
