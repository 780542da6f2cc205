"""The answer of the matrix in one sentence."""

import pytest

from frontend.text import matrix_words
from shared import schemas as s


def matrix(agreements: list[s.Agreement], members: int, by: s.MatrixBy = "class") -> s.ComparisonMatrix:
    columns = [
        s.MatrixMember(
            analysis_id=str(n),
            label=str(n),
            cohort_name="c",
            task="pirads",
            roi="gland",
            n_patients=40,
            n_studies=40,
            recipe_id=None,
            notes=[],
        )
        for n in range(members)
    ]
    rows = [
        s.MatrixRow(name=str(n), label=str(n), cells=[s.MatrixCell()] * members, agreement=kind, spreads=[])
        for n, kind in enumerate(agreements)
    ]
    return s.ComparisonMatrix(by=by, members=columns, rows=rows, total=len(rows), pairs=[])


def test_the_answer_counts_every_row_once():
    found = matrix(["stronger", "stronger", "label_borne", "opposite", "one", "none", "none", "weaker"], 3)
    assert matrix_words.answer(found) == (
        "Of 8 groups, 2 stronger in all 3, 1 weaker in all 3, 1 label-borne in all 3, 1 with opposite signs and 1 "
        "changed in some and not in others; no change was found in the other 2."
    )


def test_two_columns_are_both_and_features_are_features():
    assert matrix_words.answer(matrix(["stronger"], 2, "feature")) == "Of 1 feature, 1 stronger in both."


@pytest.mark.parametrize("members", [2, 5])
def test_a_matrix_without_a_change_says_so(members):
    where = "both" if members == 2 else "all 5"
    assert matrix_words.answer(matrix(["none", "none"], members)) == f"No change was found in any group of {where}."
