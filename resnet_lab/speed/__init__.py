"""How fast this machine trains, where the time goes, and what would be the most it could give."""
