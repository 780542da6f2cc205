"""Names of the environment variables that more than one process reads."""

API_URL_VARIABLE = "RADIOMICLENS_API_URL"
"""Address of the API for the dashboard, without `/api/v1`."""
