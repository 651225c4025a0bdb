"""Other machines: agents that start steps there, and Ray, which carries their words."""
