"""Readable names for the parts of a sentence that are known only when the program runs."""

import ast

OPEN, CLOSE = "\ue000", "\ue001"
"""Around a placeholder; no sentence has these signs."""
GENERAL = {"name", "id", "shown", "label", "title", "value", "values", "text", "kind", "size", "shape", "at", "column"}
"""Attributes that say nothing without their owner, such as `cohort.name`."""
OWNERS_LEFT_OUT = {"self", "cls", "s", "one", "error", "params", "request", "settings", "options", "wanted"}
WORDS = {
    "n": "number",
    "exc": "reason",
    "error": "reason",
    "refusal": "reason",
    "sentence": "reason",
    "path": "file",
    "sha256": "hash",
    "id_": "id",
    "k": "number",
    "b": "b-value",
    "walk": "file",
    "msg": "reason",
    "lineno": "line",
    "colno": "column",
    "strerror": "reason",
    "why": "reason",
    "elementtype": "type",
    "nbytes": "bytes",
    "e": "reason",
}


def placeholder(node: ast.expr | str) -> str:
    """A name for an expression, between the marks."""
    words = node if isinstance(node, str) else readable(node)
    return f"{OPEN}{words}{CLOSE}"


def readable(node: ast.expr) -> str:
    """What an expression is, in one to three words; `value` where it does not say."""
    match node:
        case ast.Name(id=name):
            return _words(name)
        case ast.Attribute(value=owner, attr=name):
            around = readable(owner) if isinstance(owner, ast.Name | ast.Attribute | ast.Subscript) else ""
            if name in ("name", "shown", "stem") and around in ("file", "folder"):
                return around
            named = name in GENERAL and around and around not in OWNERS_LEFT_OUT
            return (
                around
                if named and name in ("name", "shown", "label", "title")
                else (f"{around} {_words(name)}" if named else _words(name))
            )
        case ast.Call(func=ast.Name(id="len"), args=[counted]):
            return f"number of {readable(counted)}" if readable(counted) != "value" else "number"
        case ast.Call(func=ast.Attribute(attr="join"), args=[joined]):
            return readable(joined)
        case ast.Call(func=ast.Attribute(value=owner, attr="strip" | "lower" | "hex" | "item" | "title" | "rstrip")):
            return readable(owner)
        case ast.Call(func=ast.Name(id="map"), args=[_, second]):
            return readable(second)
        case ast.Call(args=[first, *_]):
            return readable(first)
        case ast.Call(func=ast.Attribute(value=owner)):
            return readable(owner)
        case ast.Call(func=ast.Name(id=name)):
            return _words(name)
        case ast.Subscript(slice=ast.Constant(value=str(key))) if key:
            return _words(key)
        case ast.Subscript(value=owner) | ast.Starred(value=owner) | ast.Await(value=owner):
            return readable(owner)
        case ast.FormattedValue(value=owner):
            return readable(owner)
        case ast.GeneratorExp(elt=part) | ast.ListComp(elt=part) | ast.SetComp(elt=part):
            return readable(part)
        case ast.BinOp(left=left, right=right):
            return readable(left) if readable(left) != "value" else readable(right)
        case ast.IfExp(body=part) | ast.BoolOp(values=[part, *_]):
            return readable(part)
        case ast.JoinedStr(values=parts):
            held = [part for part in parts if isinstance(part, ast.FormattedValue)]
            return readable(held[0]) if held else "value"
        case ast.Constant(value=str(text)) if text.isidentifier() and len(text) > 2:
            return _words(text)
    return "value"


def _words(name: str) -> str:
    plain = name.strip("_").lower()
    plain = plain.removeprefix("of_")
    plain = f"number of {plain[2:]}" if plain.startswith("n_") else plain
    return WORDS.get(plain) or plain.replace("_", " ")
