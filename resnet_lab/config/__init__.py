"""Config files: where they are found, what the user said, which keys change no result."""
