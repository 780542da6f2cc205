"""What a request says about the copies it has and the encodings it takes (RFC 9110, sections 13.1.2 and 12.5.3)."""


def has_copy(if_none_match: str | None, tag: str) -> bool:
    """Whether the copies a browser has include `tag` (without quotes), whatever their encoding; `*` is any copy."""
    named = [each.strip().removeprefix("W/").strip('"') for each in (if_none_match or "").split(",")]
    return tag in named or named == ["*"]


def takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip may be sent: named, or covered by `*`, with a weight above 0; case does not matter."""
    weights: dict[str, float] = {}
    for each in accept_encoding.lower().split(","):
        coding, _, weight = each.partition(";")
        name, _, value = weight.partition("=")
        try:
            weights[coding.strip()] = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0.0
