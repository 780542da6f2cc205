"""The number of each flag in stored arrays."""

FLAG_CODES = (
    *("stronger", "weaker", "unchanged", "not_decodable", "underpowered"),
    *("kept", "probable_stronger", "probable_weaker", "label_borne", "too_few"),
)
"""Stored trajectories hold a flag as its place here: new flags are added at the end."""
