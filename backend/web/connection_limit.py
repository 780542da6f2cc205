"""How many connections one address may have open at once."""

from collections import Counter
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

LOOPBACK = ("127.0.0.0/8", "::1/128")
IPV6_PREFIX = 64
"""Bits of an IPv6 address that count: whoever has one address of such a network has all of them."""


class ConnectionLimit:
    """Counts open connections by address; one above its limit is refused.

    Args:
        per_address: of one visitor.
        per_crowd: of loopback, where the dashboard's own reads come from, and of each of `proxies`.
        proxies: addresses and networks behind which many visitors are; `*` is every address.
    """

    def __init__(self, per_address: int, per_crowd: int, proxies: Sequence[str] = ()) -> None:
        self.per_address, self.per_crowd = per_address, max(per_address, per_crowd)
        self._all_crowds = "*" in proxies
        self._crowds = [found for each in (*LOOPBACK, *proxies) if (found := network(each)) is not None]
        self._open: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Counts a connection, and says whether it may stay; one that may not is not counted."""
        key = _key(address)
        if self._open[key] >= (self.per_crowd if self._is_crowd(address) else self.per_address):
            return False
        self._open[key] += 1
        return True

    def leave(self, address: str) -> None:
        """Takes a counted connection away."""
        key = _key(address)
        self._open[key] -= 1
        if self._open[key] <= 0:
            del self._open[key]

    def _is_crowd(self, address: str) -> bool:
        try:
            known = ip_address(address)
        except ValueError:
            return False
        return self._all_crowds or any(known in network for network in self._crowds)


def network(text: str) -> IPv4Network | IPv6Network | None:
    """The network of an address or of `10.0.0.0/8`; None for what is neither."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _key(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return address if known.version == 4 else str(ip_network(f"{known}/{IPV6_PREFIX}", strict=False))
