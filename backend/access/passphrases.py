"""Hashes of passphrases: people choose few bits, so each has a salt and a slow hash (scrypt, RFC 7914)."""

import hashlib
import hmac
import secrets

from backend.errors import Damaged

COST = {"n": 2**14, "r": 8, "p": 1}
"""A guess costs 16 MB and some 50 ms."""


def hash_passphrase(passphrase: str) -> str:
    """The passphrase as `salt$hash`, both hexadecimal: the only form in which it is stored."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_scrypt(passphrase, salt).hex()}"


def verify_passphrase(stored: str | None, passphrase: str) -> bool:
    """Whether a passphrase has the stored hash; every passphrase has where `stored` is None.

    Raises `Damaged` where `stored` is no hash any more.
    """
    if stored is None:
        return True
    salt, _, digest = stored.partition("$")
    try:
        expected, seed = bytes.fromhex(digest), bytes.fromhex(salt)
    except ValueError:
        raise Damaged("The stored passphrase of this link can no longer be read; make a new link.") from None
    return hmac.compare_digest(_scrypt(passphrase, seed), expected)


def _scrypt(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode("utf-8", "surrogatepass"), salt=salt, **COST)
