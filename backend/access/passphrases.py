"""Hashes of passphrases: people choose few bits, so each has a salt and a slow hash (scrypt, RFC 7914)."""

import hashlib
import hmac
import secrets

COST = {"n": 2**14, "r": 8, "p": 1}
"""A guess costs 16 MB and some 50 ms."""


def hash_passphrase(passphrase: str) -> str:
    """The passphrase as `salt$hash`, both hexadecimal: the only form in which it is stored."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_scrypt(passphrase, salt).hex()}"


def verify_passphrase(stored: str | None, passphrase: str) -> bool:
    """Whether a passphrase has the stored hash; every passphrase has where `stored` is None."""
    if stored is None:
        return True
    salt, _, digest = stored.partition("$")
    return hmac.compare_digest(_scrypt(passphrase, bytes.fromhex(salt)), bytes.fromhex(digest))


def _scrypt(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode("utf-8", "surrogatepass"), salt=salt, **COST)
