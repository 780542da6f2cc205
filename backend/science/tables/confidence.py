"""Confidence level of the intervals."""

LEVEL = 0.95
"""Coverage of every confidence interval of ICCs and of training scores."""
