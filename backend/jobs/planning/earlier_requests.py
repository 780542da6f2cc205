"""Requests that an earlier version stored, as this version asks for the same."""

from collections.abc import Mapping
from typing import Any

from shared import schemas as s

GONE_DECODERS = {"elastic_net"}


def current_fields(kind: type[s.Schema], params: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a stored request that this version knows.

    Until version 0.2 an analysis named a number of bootstrap replicates, of which 0 left the trust block out.
    """
    known = {name: value for name, value in params.items() if name in kind.model_fields}
    if kind is s.AnalyseParams and params.get("bootstrap") == 0:
        known["trust"] = False
    if "decoders" in known:
        known["decoders"] = [name for name in known["decoders"] if name not in GONE_DECODERS]
    return known
