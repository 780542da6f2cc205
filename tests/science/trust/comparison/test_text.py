from dataclasses import replace

import numpy as np
import pytest

from backend.science.trust.comparison.text import comparison_sentences
from tests.science.trust.comparison.test_compare import both, found

__all__ = ["both", "found"]


def flagged(found, flag):
    """The same comparison, every group of its first analysis with this flag."""

    def changed(compared):
        first, second = compared.each
        return replace(compared, each=(replace(first, flag=np.full_like(first.flag, flag)), second))

    groups = tuple((name, groups, sizes, changed(compared)) for name, groups, sizes, compared in found.groups)
    return replace(found, groups=groups)


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("kept", ", where it lost less than the typical feature and "),
        ("label_borne", ", where it goes with the label and "),
        ("stronger", None),
    ],
)
def test_what_a_flag_takes_back_stands_beside_the_effect(found, flag, words):
    told = " ".join(comparison_sentences(flagged(found, flag), "one", "other"))
    assert (words in told) if words else (", where it" not in told)
