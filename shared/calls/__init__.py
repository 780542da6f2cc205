"""What the typed client can ask, by noun."""
