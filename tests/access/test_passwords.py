"""Passwords: what may be one, and how it is stored; the hash is checked by argon2's own code."""

import argon2
import pytest

from backend.access import passwords
from backend.errors import BadSettings, Damaged

GOOD = "four grey herons wade"


@pytest.mark.parametrize(
    "password",
    [
        "", "elevenchars", "a" * 201, "aaaaaaaaaaaaaaaa", "abababababababab", "Password1234", "passwort-2026",
        "1234567890123", "annabelle-annabelle", "Annabelle2026", "radiomiclens-12", "qwertyuiop123",
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(BadSettings):
        passwords.check(password, "annabelle")


@pytest.mark.parametrize(
    "password", [GOOD, "пять серых цапель", "五羽の灰色の鷺が浅瀬を歩く", "x7!Kq_02zLmp", "a" * 5 + "bcdefgh"]
)
def test_words_in_any_script_may_be_a_password(password: str) -> None:
    passwords.check(password, "annabelle")


def test_the_hash_is_argon2id_and_tells_nothing_of_the_same_password() -> None:
    first, second = passwords.hash_password(GOOD), passwords.hash_password(GOOD)
    assert first != second
    assert argon2.extract_parameters(first) == argon2.Parameters(argon2.Type.ID, 19, 16, 32, 3, 65536, 1)
    assert argon2.PasswordHasher().verify(first, GOOD)
    assert passwords.verify(first, GOOD)
    assert not passwords.verify(first, f"{GOOD}.")
    assert not passwords.is_outdated(first)


def test_the_same_letters_typed_on_another_keyboard_are_the_same_password() -> None:
    stored = passwords.hash_password("vier graue Reiher w\u00e4ten")
    assert passwords.verify(stored, "vier graue Reiher wa\u0308ten")


def test_nobodys_password_is_never_right_and_a_damaged_hash_says_so() -> None:
    assert not passwords.verify(None, GOOD)
    with pytest.raises(Damaged):
        passwords.verify("$argon2id$v=19$damaged", GOOD)


def test_an_older_hash_is_good_and_known_as_older() -> None:
    older = argon2.PasswordHasher(1, 1024, 1).hash(GOOD)
    assert passwords.verify(older, GOOD)
    assert passwords.is_outdated(older)
