"""What becomes of the forms of a sentence: which say something, which are joined, which are left as they are."""

import ast
import re
from collections.abc import Iterable

from placeholders import CLOSE, OPEN, placeholder
from source_index import Call, Function, last_name

HELD = re.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}")
LISTS = {"named", "listed", "join"}
"""Helpers that list values: the values alone matter."""
PLACES = {"where", "what", "place", "name", "file", "shown", "words", "task", "cohort", "study_id"}
"""Parameters that say where something is: always a placeholder."""
KEPT_WHOLE = {"lower", "strip", "rstrip", "lstrip", "removesuffix", "removeprefix", "capitalize", "replace"}
CAUGHT = {"Unstated", "Unpackable", "NotCovered", "NoBins", "TooManyLevels", "_Unread"}
"""Errors whose phrase becomes part of a refusal where they are caught."""
Forms = tuple[str, ...]


def is_phrase(text: str) -> bool:
    """Whether a text says something of its own: two words or more outside its placeholders."""
    said = HELD.sub(" ", text).strip()
    return " " in said and len(re.findall(r"[^\W\d_]{2,}", said)) >= 2


def argument(call: Call, function: Function, is_method: bool) -> dict[str, ast.expr]:
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    names = names[1:] if is_method and names[:1] in (["self"], ["cls"]) else names
    given = dict(zip(names, call.node.args, strict=False))
    return given | {one.arg: one.value for one in call.node.keywords if one.arg}


def phrases(forms: Iterable[str]) -> Forms:
    return tuple(dict.fromkeys(form for form in forms if is_phrase(form)))


def dictionary(node: ast.expr) -> ast.expr:
    """The dictionary of `dictionary.items()`."""
    return node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else node


def is_opaque(node: ast.expr) -> bool:
    """An entry of what is not a table of sentences in the same file, or a list of values."""
    match node:
        case ast.Subscript(slice=ast.Slice()):
            return False
        case ast.Subscript(value=value):
            return not (isinstance(value, ast.Name) and value.id.isupper())
    return isinstance(node, ast.Call) and last_name(node.func) in LISTS


def is_plain(node: ast.expr, form: str) -> bool:
    """A number or word that a constant of the program holds, or the longer of two short endings."""
    fixed = (isinstance(node, ast.Name) and node.id.isupper()) or isinstance(node, ast.IfExp | ast.Constant)
    return fixed or ((isinstance(node, ast.Attribute) and node.attr.isupper()) and not HELD.fullmatch(form))


def either(one: Forms, other: Forms) -> Forms:
    """Both, where both say something; else the longer, as it holds the optional part."""
    if all(is_phrase(form) for form in (*one, *other)):
        return (*one, *other)
    return max(one, other, key=lambda forms: (any(is_phrase(form) for form in forms), len(forms[0])))


def filled(form: str, call: ast.Call) -> str:
    """A template of `str.format` with the names of what is put in."""
    names = iter([placeholder(one) for one in call.args])
    by_name = {one.arg: placeholder(one.value) for one in call.keywords}
    return re.sub(
        r"\{(\w*)(?:![rsa])?(?::[^}]*)?\}",
        lambda found: by_name.get(found[1]) or next(names, placeholder("value")),
        form,
    )
