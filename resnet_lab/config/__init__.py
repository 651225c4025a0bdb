"""Config files: search, flat keys, overrides by the user, result-neutral keys, historic defaults."""
