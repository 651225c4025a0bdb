"""What a network does inside: one measurement a file."""
