"""Writes a protocol as YAML, to read it or to begin a file of one's own."""

import yaml

from shared.schemas.protocol import Protocol


def as_yaml(protocol: Protocol) -> str:
    """The protocol without what is said by leaving it out; reading it gives the same protocol."""
    fields = protocol.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)
