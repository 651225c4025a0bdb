"""Training speed of this machine: measurements, breakdown by operation, upper bound and advice."""
