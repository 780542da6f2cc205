"""Compares every two of the aligned analyses: records, rows of a table and sentences."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from backend.science.trust.comparison.align import AlignedAnalyses
from backend.science.trust.comparison.compare import compare
from backend.science.trust.comparison.tables import feature_rows, pair_record
from backend.science.trust.comparison.text import comparison_sentences


@dataclass(frozen=True, slots=True)
class PairwiseComparison:
    """One record a pair with its groups, one row a pair and feature, and sentences; JSON-ready."""

    pairs: list[dict[str, Any]]
    features: list[dict[str, Any]]
    sentences: list[str]


def compare_pairwise(aligned: AlignedAnalyses) -> PairwiseComparison:
    """Compare each analysis with every later one."""
    result = PairwiseComparison([], [], [])
    for first, second in combinations(range(len(aligned.members)), 2):
        one, other = aligned.members[first], aligned.members[second]
        found = compare(one, other, aligned.features)
        result.pairs.append(pair_record(found, first, second))
        result.features.extend(feature_rows(found, first, second))
        result.sentences.extend(comparison_sentences(found, one.label, other.label))
    return result
