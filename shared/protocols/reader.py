"""Reads a protocol from YAML: safe (no aliases, limited size); every mistake is one sentence with file and key."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import ValidationError

from shared.schemas.protocol import PROSTATE, Protocol

BUILT_IN = (PROSTATE, "brain-glioma-mri", "lung-ct", "generic")
LARGEST_FILE = 64 * 1024
EXPECTED = {
    "tuple_type": "write a list",
    "model_type": "write a mapping of keys",
    "dict_type": "write a mapping of keys",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "int_parsing": "write a whole number",
    "int_type": "write a whole number",
    "float_parsing": "write a number",
    "float_type": "write a number",
    "too_long": "there are too many",
}
"""Kinds of mistake in words of a file, where pydantic's are those of a program."""


class BadProtocol(ValueError):
    """A text that is no protocol, with one sentence a mistake."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


class _PlainLoader(yaml.SafeLoader):
    """A safe loader without aliases (a few lines of them could fill the memory) and without keys given twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        doubled = [key for at, key in enumerate(keys) if key in keys[:at]]
        if doubled:
            raise yaml.YAMLError(f"the key {str(doubled[0])[:40]} is given twice")
        return super().construct_mapping(node, deep)


@cache
def built_in(name: str) -> Protocol:
    """A built-in protocol; raises KeyError for another name."""
    if name not in BUILT_IN:
        raise KeyError(name)
    return read_protocol(files("shared.protocols").joinpath(f"{name}.yaml").read_text("utf-8"), f"{name}.yaml")


def prostate() -> Protocol:
    """The protocol of a cohort that names none."""
    return built_in(PROSTATE)


def own_protocol(text: str, name: str) -> Protocol:
    """A user's protocol, which may be a built-in one as it is, but no other of its name. Raises BadProtocol."""
    read = read_protocol(text, name)
    if read.name in BUILT_IN and read != built_in(read.name):
        raise BadProtocol(f"{name}: name is that of the built-in protocol {read.name}, which differs; choose another.")
    return read


def read_protocol(text: str, name: str) -> Protocol:
    """The protocol in `text`; `name` is the file's, for the sentences. Raises BadProtocol."""
    if len(text.encode("utf-8", "replace")) > LARGEST_FILE:
        raise BadProtocol(f"{name} is larger than 64 KB; a protocol is a few lines.")
    try:
        given = yaml.load(text, _PlainLoader)  # noqa: S506 - a SafeLoader without aliases
    except RecursionError:
        raise BadProtocol(f"{name} is nested too deeply; a protocol has three levels.") from None
    except yaml.YAMLError as error:
        raise BadProtocol(f"{name} is not valid YAML: {_yaml_words(error)}.") from None
    except (ValueError, TypeError, OverflowError):
        raise BadProtocol(f"{name} holds a value that cannot be read; check its numbers and dates.") from None
    if not isinstance(given, Mapping):
        raise BadProtocol(f"{name} is no mapping of name, modalities, regions and so on; see `protocol show`.")
    try:
        return Protocol.model_validate(given)
    except ValidationError as error:
        raise BadProtocol(*dict.fromkeys(_sentence(name, each) for each in error.errors())) from None


def _yaml_words(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(error)[:80] or "check it in an editor"
    return f"line {mark.line + 1}, column {mark.column + 1}: {getattr(error, 'problem', None) or 'check it'}"


def _sentence(name: str, error: Any) -> str:
    """One mistake as a sentence: file, key, what is wrong."""
    key, kind = _key(error["loc"]), error["type"]
    if kind == "missing":
        return f"{name}: {key} is missing; add it."
    if kind == "extra_forbidden":
        return f"{name}: {key} is no key of a protocol; check its spelling."
    if kind == "value_error":
        words = str(error["msg"]).removeprefix("Value error, ")
        return f"{name}: {key} {words}." if key else f"{name}: {words}."
    given = str(error["input"])
    shown = f"{given[:40]}…" if len(given) > 40 else given
    if kind == "string_type":
        return f"{name}: {key} is {shown!r}, which YAML does not read as text; write it in quotes."
    expected = EXPECTED.get(kind, str(error["msg"]))
    return f"{name}: {key} is {shown!r}: {expected[:1].lower()}{expected[1:]}."


def _key(place: tuple[int | str, ...]) -> str:
    """`modalities[0].name`; words that only tell which of several types was tried are left out."""
    words = ""
    for part in place:
        if isinstance(part, int):
            words += f"[{part}]"
        elif not _of_types(part):
            words += f".{part}" if words else part
    return words


def _of_types(part: str) -> bool:
    return part.startswith("[")
