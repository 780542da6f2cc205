"""Licences as the head of a model card or data set names them."""

from backend.errors import BadSettings

KNOWN = {
    "apache-2.0": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "cc0-1.0": "CC0-1.0",
    "cc-by-4.0": "CC-BY-4.0",
    "cc-by-nc-4.0": "CC-BY-NC-4.0",
    "cc-by-nc-nd-4.0": "CC-BY-NC-ND-4.0",
    "cc-by-nc-sa-4.0": "CC-BY-NC-SA-4.0",
    "cc-by-nd-4.0": "CC-BY-ND-4.0",
    "cc-by-sa-4.0": "CC-BY-SA-4.0",
    "gpl-3.0": "GPL-3.0-only",
    "lgpl-3.0": "LGPL-3.0-only",
    "agpl-3.0": "AGPL-3.0-only",
    "mit": "MIT",
    "odbl": "ODbL-1.0",
    "openrail": "OpenRAIL",
}
"""Identifier of Hugging Face -> of SPDX."""
UNKNOWN = "unknown"
MOST = 60


def checked(licence: str | None) -> str | None:
    """A licence as it was given, without blanks around it; None where none was.

    Raises BadSettings for more than one short line.
    """
    given = (licence or "").strip()
    if len(given) > MOST or not given.isprintable():
        raise BadSettings(f"Name the licence in one line of at most {MOST} characters, such as CC-BY-NC-4.0.")
    return given or None


def front_matter(licence: str | None) -> dict[str, str]:
    """The lines of a model card's head that say under which licence it stands."""
    if licence is None:
        return {"license": UNKNOWN}
    known = next((ours for ours, spdx in KNOWN.items() if licence.casefold() in (ours, spdx.casefold())), None)
    return {"license": known} if known else {"license": "other", "license_name": licence}
