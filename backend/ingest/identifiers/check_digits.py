"""Numbers that states and insurers give to people, told by their form and check digits.

A check digit alone proves little: one in ten or eleven random numbers has a right one. Such numbers are told by
`NUMBERS_BY_CHANCE`, and whoever judges them looks at all numbers of the same form. Others also hold a date or letters.
"""

import re
from collections.abc import Callable, Mapping

from backend.ingest.identifiers.dates import SIX_DIGITS, is_six_digit_date

_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        map(
            int,
            [
                "1",
                "0",
                "5",
                "7",
                "9",
                "13",
                "15",
                "17",
                "19",
                "21",
                "1",
                "0",
                "5",
                "7",
                "9",
                "13",
                "15",
                "17",
                "19",
                "21",
                "2",
                "4",
                "18",
                "20",
                "11",
                "3",
                "6",
                "8",
                "12",
                "14",
                "16",
                "10",
                "22",
                "25",
                "24",
                "23",
            ],
        ),
        strict=True,
    )
)  # values of the letters in odd places of an Italian codice fiscale
_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def _weighted(digits: str, weights: list[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _bsn(digits: str) -> bool:
    return _weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0 and len(set(digits)) > 1


def _nhs(digits: str) -> bool:
    return (11 - _weighted(digits[:9], list(range(10, 1, -1))) % 11) % 11 == int(digits[9]) and len(set(digits)) > 1


def _luhn(digits: str, first: int = 2) -> bool:
    factors = [first if place % 2 == 0 else 3 - first for place in range(len(digits))]
    return sum(sum(divmod(int(digit) * factor, 10)) for digit, factor in zip(digits, factors, strict=True)) % 10 == 0


def _kvnr(text: str) -> bool:
    """German health insurance: a letter, eight digits, a check digit."""
    body = f"{ord(text[0].upper()) - 64:02d}{text[1:9]}"
    total = sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(body))
    return total % 10 == int(text[9])


def _nir(digits: str) -> bool:
    return digits[0] in "12" and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _ean(digits: str) -> bool:
    return _weighted(digits, [1, 3] * 6 + [1]) % 10 == 0


def _eleven(digits: str) -> bool:
    """PESEL, the Norwegian fødselsnummer or the Belgian national number; the first six digits are a date."""
    if not is_six_digit_date(f"{digits[:2]}{int(digits[2:4]) % 20:02d}{digits[4:6]}") and not is_six_digit_date(
        digits[:6]
    ):
        return False
    pesel = (10 - _weighted(digits[:10], [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10) % 10 == int(digits[10])
    norway = (
        _weighted(digits[:10], [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 == 0
        and _weighted(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
    )
    belgium = any(97 - int(before + digits[:9]) % 97 == int(digits[9:]) for before in ("", "2"))
    return pesel or norway or belgium


def _cpf(digits: str) -> bool:
    first = _weighted(digits[:9], list(range(10, 1, -1))) * 10 % 11 % 10
    second = _weighted(digits[:10], list(range(11, 1, -1))) * 10 % 11 % 10
    return digits[9:] == f"{first}{second}"


def _chinese(text: str) -> bool:
    total = _weighted(text[:17], [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
    return "10X98765432"[total % 11] == text[17].upper()


def _codice_fiscale(text: str) -> bool:
    even = {letter: place for part in ("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ") for place, letter in enumerate(part)}
    upper = text.upper()
    total = sum(_ODD[letter] if place % 2 == 0 else even[letter] for place, letter in enumerate(upper[:15]))
    return chr(65 + total % 26) == upper[15]


def _swedish(digits: str) -> bool:
    return is_six_digit_date(digits[-10:-4]) and _luhn(digits[-10:])


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE)


_CERTAIN: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (_form(r"[a-z]{6}\d\d[abcdehlmprst]\d\d[a-z]\d{3}[a-z]"), _codice_fiscale),
    (_form(r"[12] ?\d\d ?[0-9]{2} ?\d\d ?\d{3} ?\d{3} ?\d\d"), _nir),
    (_form(r"756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d"), _ean),
    (_form(r"(?:19|20)\d{6}[- ]?\d{4}|\d{6}[-+ ]\d{4}|\d{10}"), _swedish),
    (_form(r"\d{6}-\d{4}"), lambda text: is_six_digit_date(text[:6])),  # the Danish CPR number, without check digit
    (_form(r"\d{3} \d{3} \d{4}"), _nhs),
    (_form(r"\d{3}-\d\d-\d{4}"), lambda text: text[:3] not in ("000", "666") and text[0] != "9"),
    (_form(r"\d{11}|\d{6} \d{5}|\d\d\.\d\d\.\d\d-\d{3}\.\d\d"), _eleven),
    (_form(r"\d{3}\.\d{3}\.\d{3}-\d\d"), _cpf),
    (_form(r"\d{6}(?:19|20)\d{9}[\dx]"), _chinese),
    (
        _form(r"\d{6}[-+a-f]\d{3}[0-9a-y]"),
        lambda text: _HETU.find(text[-1].upper()) == int(re.sub(r"\D", "", text[:-1])) % 31,
    ),
)
FEWEST_DIGITS = 7  # of a number that `_CERTAIN` knows: the codice fiscale has the fewest
NUMBERS_BY_CHANCE: Mapping[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "a person's number": (_form(r"\d{9}"), _bsn),
    "an NHS number": (_form(r"\d{10}"), _nhs),
    "an insurance number": (_form(r"[a-z]\d{9}"), _kvnr),
    "a Spanish DNI": (_form(r"\d{8}[a-z]"), lambda text: _DNI[int(text[:8]) % 23] == text[8].upper()),
    "a date": (SIX_DIGITS, is_six_digit_date),
}
"""By what they may be: the form, and the rule that some random numbers of this form satisfy as well."""


def holds_personal_number(text: str) -> bool:
    """Whether a number of a person stands in the text whose form and check digits leave little doubt."""
    if sum(letter.isdigit() for letter in text) < FEWEST_DIGITS:
        return False
    return any(check(re.sub(r"[ .+-]", "", found[0])) for form, check in _CERTAIN for found in form.finditer(text))


def number_by_chance(text: str) -> str:
    """What a number in the text may be by a check digit alone, such as `an NHS number`; or nothing."""
    for kind, (form, check) in NUMBERS_BY_CHANCE.items():
        if any(check(found[0]) for found in form.finditer(text)):
            return kind
    return ""


def has_form(text: str, kind: str) -> bool:
    """Whether a number of the form of this kind stands in the text, with a right check digit or not."""
    return NUMBERS_BY_CHANCE[kind][0].search(text) is not None
