"""Masks of a study: from files of their own, or from a label map."""
