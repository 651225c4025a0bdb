"""What two arms of an experiment show, read from run folders; needs no torch."""
