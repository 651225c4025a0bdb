"""Measurements inside finished networks, for ``resnet-lab inspect``; one measurement per file."""
