"""Would a test notice? A seeded sample of small changes of the code, each met by the tests nearest to it."""
