"""Every pair of the analyses at one table, compared: as records, as rows of a table, and in sentences."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from backend.science.trust.comparison.align import Table
from backend.science.trust.comparison.compare import compare
from backend.science.trust.comparison.tables import feature_rows, pair_record
from backend.science.trust.comparison.text import comparison_sentences


@dataclass(frozen=True, slots=True)
class EveryPair:
    """One record a pair with its groups, one row a pair and feature, and what both say in words; JSON-ready."""

    pairs: list[dict[str, Any]]
    features: list[dict[str, Any]]
    sentences: list[str]


def compared(table: Table) -> EveryPair:
    """Compares each analysis with every later one."""
    told = EveryPair([], [], [])
    for first, second in combinations(range(len(table.members)), 2):
        one, other = table.members[first], table.members[second]
        found = compare(one, other, table.features)
        told.pairs.append(pair_record(found, first, second))
        told.features.extend(feature_rows(found, first, second))
        told.sentences.extend(comparison_sentences(found, one.label, other.label))
    return told
