"""The OpenAPI document as one HTML page, without scripts and without any address outside of this server."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

STATIC = Path(__file__).parent / "static"
STYLE = (STATIC / "api.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SCHEMAS = "#/components/schemas/"


@cache
def api_page(committed: Path) -> str:
    """The page of the document in a file; built once a process."""
    document = json.loads(committed.read_text("utf-8"))
    pages = Environment(loader=FileSystemLoader(STATIC), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.filters |= {"type": type_text, "body": body_schema}
    return pages.get_template("api.html.jinja").render(
        info=document["info"],
        operations=_by_tag(document["paths"]),
        schemas=document["components"]["schemas"],
        style=Markup(STYLE),  # noqa: S704  # a file of this package
    )


def type_text(schema: dict[str, Any]) -> Markup:
    """A schema in a few words, such as `list of Cohort, or null`; names of schemas are links within the page."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SCHEMAS)
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "const" in schema or "enum" in schema:
        return Markup(" | ").join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return Markup(", or ").join(type_text(one) for one in schema[key])
    if schema.get("type") == "array":
        return Markup("list of {}").format(type_text(schema.get("items", {})))
    return Markup("{}{}").format(schema.get("type", "anything"), _limits(schema))


def _limits(schema: dict[str, Any]) -> str:
    names = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<", "maxLength": "length ≤"}
    told = [f"{sign} {schema[name]}" for name, sign in names.items() if name in schema]
    return f" ({', '.join(told)})" if told else ""


def body_schema(carrier: dict[str, Any]) -> dict[str, Any] | None:
    """The schema of a request's or an answer's body; None where it has none."""
    content: dict[str, dict[str, Any]] = carrier.get("content", {})
    found: dict[str, Any] | None = next(iter(content.values()), {}).get("schema")
    return found


def _by_tag(paths: dict[str, dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Tag -> its operations, in the order of the document, each with its `path` and `method`."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            tag = operation["tags"][0]
            found.setdefault(tag, []).append(operation | {"path": path, "method": method.upper()})
    return found
