"""The text of a parameter file, YAML 1.2 or JSON, as the values it holds: what PyRadiomics' reader takes it for."""

import json
import re
from collections.abc import Sequence
from typing import Any

import yaml

from backend.errors import BadSettings


def read_text(text: str, name: str) -> object:
    """The values in the text. Raises BadSettings, which names the line that is wrong."""
    try:
        if text.lstrip().startswith("{"):
            try:
                return json.loads(text, object_pairs_hook=_once)
            except json.JSONDecodeError:
                pass  # YAML may begin so, too
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader without aliases
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1}: {error.problem})" if error.problem_mark else ""
        raise BadSettings(f"The radiomics settings {name} are not valid YAML{line}; check them in an editor.") from None
    except (yaml.YAMLError, RecursionError):
        raise BadSettings(f"The radiomics settings {name} are not valid YAML; check them in an editor.") from None
    except _Unread as reason:
        raise BadSettings(f"The radiomics settings {name} {reason}.") from None


class _Unread(Exception):
    """Raised for valid text that is not read here; the message goes on after the file's name."""


def _once(pairs: Sequence[tuple[Any, Any]]) -> dict[Any, Any]:
    """A mapping, none of whose keys is given twice. Raises _Unread."""
    keys = [key for key, _ in pairs]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise _Unread(f"give `{str(twice)[:60]}` twice in one section; keep one")
    return dict(pairs)


class _Loader(yaml.SafeLoader):
    """Safe YAML without aliases, which can blow up a small file, and without keys given twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise _Unread("hold an alias (`*name`), which is not read here; write its value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        return _once([(self.construct_object(key, True), self.construct_object(of, deep)) for key, of in node.value])


def _int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    digits = loader.construct_scalar(node).replace("_", "")
    return int(digits, 0) if re.match(r"0[ox]", digits) else int(digits)


# YAML 1.1 takes 010 for 8 and 1:30 for 90, and 1e-3 for a word.
_NUMBERS = {
    "int": re.compile(r"^(?:[-+]?[0-9][0-9_]*|0o[0-7]+|0x[0-9a-fA-F]+)$"),
    "float": re.compile(
        r"^(?:[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag.rpartition(":")[2] not in _NUMBERS]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _kind, _pattern in _NUMBERS.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", _pattern, list("-+.0123456789"))
_Loader.add_constructor("tag:yaml.org,2002:int", _int)
