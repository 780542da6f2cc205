"""What version 1 of the trust block found on the same cohorts: constants, as its code is gone."""

VERSION_1: dict[str, dict[str, float]] = {"label_leakage 150": {"leaky": 0.0}}
