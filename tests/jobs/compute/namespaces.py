"""Hosts of their own on this machine: network namespaces on one bridge, each with a link that can be cut."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

HERE = "10.78.{net}.254"


class Network:
    """A bridge of this machine, and the hosts on it."""

    def __init__(self, hosts: int) -> None:
        self.net = os.getpid() % 250
        self.address = HERE.format(net=self.net)
        self.hosts = range(1, hosts + 1)
        self.bridge = f"lensb{self.net}"

    def name(self, host: int) -> str:
        """The name of a host's namespace, and of its end of the link on the bridge."""
        return f"lens{self.net}n{host}"

    def address_of(self, host: int) -> str:
        """The address of a host."""
        return f"10.78.{self.net}.{host}"

    def cut(self, host: int) -> None:
        """Cuts the link of a host: nothing arrives and nobody is told, as when a cable is pulled."""
        _ip("link", "set", self.name(host), "down")

    def mend(self, host: int) -> None:
        """Puts the link back."""
        _ip("link", "set", self.name(host), "up")

    def on(self, host: int) -> list[str]:
        """The first words of a command that runs on a host."""
        return ["ip", "netns", "exec", self.name(host)]

    def build(self) -> None:
        """Makes bridge, namespaces and links."""
        _ip("link", "add", self.bridge, "type", "bridge")
        _ip("addr", "add", f"{self.address}/24", "dev", self.bridge)
        _ip("link", "set", self.bridge, "up")
        for host in self.hosts:
            name = self.name(host)
            _ip("netns", "add", name)
            _ip("link", "add", name, "type", "veth", "peer", "name", "e0", "netns", name)
            _ip("link", "set", name, "master", self.bridge)
            _ip("link", "set", name, "up")
            _ip("-n", name, "addr", "add", f"{self.address_of(host)}/24", "dev", "e0")
            _ip("-n", name, "link", "set", "e0", "up")
            _ip("-n", name, "link", "set", "lo", "up")

    def remove(self) -> None:
        """Removes what was made, however much of it."""
        for host in self.hosts:
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "del", self.name(host))
        with suppress(subprocess.CalledProcessError):
            _ip("link", "del", self.bridge)


@contextmanager
def network(hosts: int) -> Iterator[Network]:
    """The hosts, or a skipped test where this machine lets nobody make them."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("only root, with the command ip (Debian: iproute2), can make network namespaces: left out")
    made = Network(hosts)
    try:
        try:
            made.build()
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this machine makes no network namespaces ({error.stderr.strip()}): left out")
        yield made
    finally:
        made.remove()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True, timeout=20)
