"""Where a person can be reached: e-mail, telephone, street, postcode with a place."""

import re

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_PHONE = re.compile(
    r"\+\d{1,3}[ ()/.-]*\d(?:[ ()/.-]*\d){6,}|\(\d{3}\) ?\d{3}[- ]\d{4}|(?<![\d-])\d{3}-\d{3}-\d{4}(?![\d-])"
    r"|(?<!\d)0[1-9]\d{1,4}[ /]\d{2,}(?:[ /-]?\d{2,})*(?!\d)"
    r"|\b(?:tel|phone|telefon|fax|mobil|mobile)\b\D{0,5}\d[\d /-]{4,}",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"[^\W\d_]{2,}(?:straße|strasse|straat|str\.|gasse|weg|platz|allee|laan|gracht|gatan|vägen|gade|vej|veien|katu|tie)"
    r"\s+\d"
    r"|\b\d+[a-z]?,? (?:[^\W\d_]+ ){1,3}(?:street|st|road|rd|avenue|ave|lane|drive|close|court|boulevard|blvd)\b"
    r"|\b\d+,? (?:bis )?(?:rue|avenue|boulevard|chemin|impasse|place) "
    r"|\b(?:calle|avenida|plaza|via|viale|piazza|rua|ulica|ul\.|улица|ул\.) ?[^\W\d_][^\d]{1,30}\d",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)|(?<![\w.])\d{4} ?[A-Z]{2} [A-Z][a-z]+"
    r"|(?:^|, ?|[A-Z]-)\d{4,5} [A-ZÄÖÜ]\w{2,}"
)


def contact_of(text: str) -> str:
    """What kind of contact stands in the text, such as `an e-mail address`; or nothing."""
    if "@" in text and _EMAIL.search(text):
        return "an e-mail address"
    if _PHONE.search(text):
        return "a phone number"
    if " " not in text:
        return ""
    return "an address" if _STREET.search(text) or _POSTCODE.search(text) else ""
