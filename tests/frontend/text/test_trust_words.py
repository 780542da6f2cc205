"""Words of flags: one for every flag of the contract, and others where most groups moved."""

from typing import get_args

from frontend.charts import style
from frontend.text import trust_words
from shared import schemas as s


def alert(code: str) -> s.Alert:
    return s.Alert(code=code, level="warning", sentence="", why="")


def summary(version: int) -> s.TrustSummary:
    return s.TrustSummary(
        version=version, shared_change=0.1, control_floor=0.02, flags={}, representation={}, stability_spearman=None,
        stability_top20=None,
    )  # fmt: skip


def test_every_flag_of_the_contract_has_words_a_meaning_and_a_mark_of_its_own() -> None:
    flags = set(get_args(s.Flag))
    assert set(trust_words.FLAGS) == flags
    assert set(trust_words.MEANING) == flags
    assert set(style.FLAG_SYMBOL) == flags
    assert len(set(style.FLAG_SYMBOL.values())) == len(flags), "no two flags differ by colour alone"
    assert len(set(style.FLAG_MARK.values())) == len(style.FLAG_MARK)
    assert set(style.FLAG_MARK) == set(style.FLAG_COLOUR) == set(trust_words.CHANGED)


def test_weaker_is_less_than_the_typical_feature_where_most_groups_moved() -> None:
    plain = trust_words.of(summary(2), [alert("few_studies")])
    moved = trust_words.of(summary(2), [alert("few_studies"), alert(trust_words.MOST_MOVED)])
    assert plain.flag("weaker") == "weaker"
    assert moved.flag("weaker") == "less than typical"
    assert moved.meaning["weaker"] == "carried less than the typical feature"
    assert moved.flag("stronger") == "stronger"
    assert moved.flag(None) == "–"


def test_only_the_first_version_calls_its_r2_cross_validated() -> None:
    assert trust_words.of(summary(2), []).r2 == "R² above chance"
    assert trust_words.of(summary(1), []).r2_first == "Cross-validated R²"
