"""Parses If-None-Match and Accept-Encoding (RFC 9110, sections 13.1.2 and 12.5.3)."""


def has_copy(if_none_match: str | None, tag: str) -> bool:
    """Whether If-None-Match names the ETag `tag` (without quotes), weak or strong; `*` names every tag."""
    named = [each.strip().removeprefix("W/").strip('"') for each in (if_none_match or "").split(",")]
    return tag in named or named == ["*"]


def takes_gzip(accept_encoding: str) -> bool:
    """Whether Accept-Encoding allows gzip: by name or by `*`, with a weight above 0."""
    weights: dict[str, float] = {}
    for each in accept_encoding.lower().split(","):
        coding, _, weight = each.partition(";")
        name, _, value = weight.partition("=")
        try:
            weights[coding.strip()] = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0.0
