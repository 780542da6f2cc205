"""Which columns of a header are the dimensions of an embedding: the largest set `prefix` + number."""

import re
from collections.abc import Sequence

from backend.errors import BadTable

_NUMBERED = re.compile(r"(?P<prefix>(?:.*\D)?)(?P<number>\d{1,9})")
LISTS = ("embedding", "embeddings", "features", "feature", "vector", "emb", "representation", "feats")
MATRICES = (
    *("embeddings", "embedding", "features", "feats", "feat", "emb", "representations", "representation", "vectors"),
    *("x", "z", "data", "arr_0", "array"),
)
USUAL = "e"
FEWEST = 2


def numbered_groups(names: Sequence[str]) -> dict[str, list[tuple[int, str]]]:
    """Columns by what stands before their number, each with the number."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        match = _NUMBERED.fullmatch(name)
        if match:
            groups.setdefault(match["prefix"], []).append((int(match["number"]), name))
    return groups


def dimensions(names: Sequence[str], file: str) -> dict[str, int]:
    """Dimension by column: `e000 ...` where there are any, else the largest set of one prefix; empty where none is.

    Raises BadTable where two sets are of the same size, and where a dimension stands twice.
    """
    groups = {
        prefix: group for prefix, group in numbered_groups(names).items() if len(group) >= FEWEST or prefix == USUAL
    }
    if not groups:
        return {}
    chosen = USUAL if USUAL in groups else max(groups, key=lambda prefix: len(groups[prefix]))
    twins = [prefix for prefix, group in groups.items() if len(group) == len(groups[chosen]) and prefix != chosen]
    if twins and chosen != USUAL:
        raise BadTable(
            f"{file}: {len(groups[chosen])} columns are named {chosen}N and as many {twins[0]}N, and either could be "
            "the embedding; keep one set a file."
        )
    found = {name: number for number, name in groups[chosen]}
    if len(set(found.values())) < len(groups[chosen]):
        raise BadTable(f"{file}: two columns hold the same embedding dimension; keep one.")
    return found


def list_column(names: Sequence[str]) -> str | None:
    """The column whose cells are whole embeddings, by name."""
    return next((name for word in LISTS for name in names if name.lower() == word), None)


def matrix_name(names: Sequence[str], file: str) -> str:
    """The array that is the embedding: the one there is, or the first known name. Raises BadTable where unclear."""
    if len(names) == 1:
        return names[0]
    for word in MATRICES:
        found = [name for name in names if name.lower() == word]
        if len(found) == 1:
            return found[0]
    raise BadTable(
        f"{file}: the arrays {', '.join(sorted(names)[:5])} could all be the embedding; call the one meant "
        "'embeddings'."
    )
