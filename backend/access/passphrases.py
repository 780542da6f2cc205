"""Passphrases that people choose: few bits, so stored under a salt and a slow hash (scrypt, RFC 7914)."""

import hashlib
import hmac
import secrets

COST = {"n": 2**14, "r": 8, "p": 1}
"""16 MB and some 50 ms a guess."""


def hashed(passphrase: str) -> str:
    """`salt$hash`, both hexadecimal: the only form in which a passphrase is stored."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_scrypt(passphrase, salt).hex()}"


def fits(stored: str | None, passphrase: str) -> bool:
    """Whether a passphrase is the stored one; where none is stored, any is."""
    if stored is None:
        return True
    salt, _, digest = stored.partition("$")
    return hmac.compare_digest(_scrypt(passphrase, bytes.fromhex(salt)), bytes.fromhex(digest))


def _scrypt(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode("utf-8", "surrogatepass"), salt=salt, **COST)
