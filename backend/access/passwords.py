"""Passwords of users: what may be one, and its hash (argon2id, RFC 9106)."""

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from backend.access.tokens import new_token
from backend.errors import BadSettings, Damaged

SHORTEST = 12
MOST_CHARACTERS = 200
FEWEST_KINDS = 6
"""Different characters that a password has at least; `aaaaaaaaaaaa` is as weak as `a`."""
WELL_KNOWN = ("password", "passwort", "radiomiclens", "qwertyuiop", "qwertzuiop", "1234567890", "administrator")
_HASHER = PasswordHasher(
    RFC_9106_LOW_MEMORY.time_cost, RFC_9106_LOW_MEMORY.memory_cost, parallelism=1
)  # 64 MiB and a tenth of a second; one thread, so that guesses take one core at most


def check(password: str, name: str) -> None:
    """Raises `BadSettings` for a password of the user `name` that is easily guessed."""
    text = _normal(password)
    if not SHORTEST <= len(text) <= MOST_CHARACTERS:
        raise BadSettings(f"A password has {SHORTEST} to {MOST_CHARACTERS} characters; a few words in a row do well.")
    if len(set(text)) < FEWEST_KINDS:
        raise BadSettings(f"This password repeats itself; use {FEWEST_KINDS} different characters or more.")
    rest = text.casefold()
    for known in (*WELL_KNOWN, _normal(name).casefold()):
        rest = rest.replace(known, "") if len(known) > 2 else rest
    if len(rest) < SHORTEST // 2:
        raise BadSettings("This password is little more than your name or a well-known word; choose another.")


def hash_password(password: str) -> str:
    """The password as argon2id with its parameters and salt: the only form in which it is stored."""
    return _HASHER.hash(_normal(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether a password has the stored hash; takes as long where nothing is stored. Raises `Damaged` for no hash."""
    try:
        good = _HASHER.verify(_nobodys() if stored is None else stored, _normal(password))
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError):
        raise Damaged("The stored password can no longer be read; ask an administrator for an invitation.") from None
    return good and stored is not None


@cache
def _nobodys() -> str:
    return _HASHER.hash(new_token())


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def _normal(password: str) -> str:
    """The same characters however a keyboard composes them (NFKC, as NIST SP 800-63B asks)."""
    return unicodedata.normalize("NFKC", password)
