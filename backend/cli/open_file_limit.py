"""How many files and sockets this process may have open."""

import resource

WANTED = 65_536
"""Enough for every socket that `Settings.sockets` allows, with a connection to the API behind each."""
FEW = 8_192


def raise_descriptor_limit() -> int:
    """Raises the limit of open descriptors to `WANTED`, or as far as the system allows; gives the limit in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return soft


def reachable_limit() -> int:
    """The limit that `serve` will run under: the hard one, at most `WANTED`."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
