"""A real OpenID provider as a process of its own, and how a person signs in on its page without a browser."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import httpx

SECONDS_TO_START = 60


@contextmanager
def provider(*users: dict[str, object]) -> Iterator[str]:
    """Starts it on a free port with these users (claims, with `sub`); gives its issuer."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    claims = [word for user in users for word in ("--user-claims", json.dumps(user))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *claims]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://127.0.0.1:{port}"
    try:
        for _ in range(SECONDS_TO_START * 20):
            assert process.poll() is None, "the provider did not start"
            try:
                found = httpx.get(f"{issuer}/.well-known/openid-configuration", trust_env=False).json()
                break
            except httpx.TransportError:
                time.sleep(0.05)
        else:
            raise AssertionError("the provider did not start in time")
        assert found["issuer"] == issuer
        yield issuer
    finally:
        process.terminate()
        process.wait(10)


def signs_in(address: str, sub: str) -> dict[str, str]:
    """What the provider sends the browser back with, once the person `sub` has signed in at this address."""
    answer = httpx.post(address, data={"sub": sub}, trust_env=False)
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
