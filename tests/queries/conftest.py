"""The data folder of the tests of jobs, for tests of what is read from it."""

from tests.jobs.conftest import database, migrated, settings

__all__ = ["database", "migrated", "settings"]
