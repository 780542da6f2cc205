import numpy as np
import pandas as pd
import pytest

from frontend.charts import rankings
from frontend.components import evidence_panel, feature_lists, flag_badge, influence_panel
from frontend.text import numbers, trust_words
from shared import schemas as s
from shared.client import Client
from tests.frontend.pages.explore.database import HOSTILE
from tests.frontend.pages.explore.words_shown import shown
from tests.frontend.work_site import Site


@pytest.fixture
def ranking() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 40
    i_pre = rng.uniform(0.5, 1.5, n)
    i_ft = i_pre + rng.normal(0, 0.1, n)
    return pd.DataFrame(
        {
            "feature": [f"{'T2' if k % 2 else 'ADC'}_original_glcm_F{k}" for k in range(n)],
            "label": [f"words (no. {k})" for k in range(n)],
            "modality": ["T2" if k % 2 else "ADC" for k in range(n)],
            "feature_class": "glcm",
            "image_type": ["original" if k % 4 else "wavelet-LLH" for k in range(n)],
            "i_pre": i_pre,
            "i_ft": i_ft,
            "delta_i": i_ft - i_pre,
        }
    )


def test_the_drawer_says_whether_the_task_uses_a_feature() -> None:
    row = s.RankingRow.model_construct(use="used", used=0.34, used_low=0.2, used_high=0.48)
    told = "Without it the task's head loses 34 % [20, 48] of its skill: the task uses it."
    assert evidence_panel.used(row) == told
    carried = row.model_copy(update={"use": "not_used", "used": 0.01, "used_low": -0.01, "used_high": 0.03})
    assert evidence_panel.used(carried).endswith("carried, not used here.")
    assert evidence_panel.used(row.model_copy(update={"use": None})) == ""
    assert evidence_panel.used(row.model_copy(update={"used": None})) == ""


@pytest.mark.parametrize(("shrunk", "said"), [(0.1, True), (np.nan, False)])
def test_a_list_in_the_order_of_groups_says_so(shrunk: float, said: bool) -> None:
    frame = pd.DataFrame({"effect": [0.1, 0.3], "effect_shrunk": [shrunk, shrunk]})
    assert feature_lists.with_group(frame) == said
    assert not feature_lists.with_group(frame.head(0))


def test_filters_combine_and_text_is_no_pattern(ranking: pd.DataFrame) -> None:
    assert len(rankings.Filter().of(ranking)) == 40
    assert set(rankings.Filter(modality="ADC", image_type="wavelet-LLH").of(ranking)["image_type"]) == {"wavelet-LLH"}
    assert list(rankings.Filter(text="(NO. 7) f7").of(ranking)["feature"]) == ["T2_original_glcm_F7"]
    assert rankings.Filter(text=".*").of(ranking).empty


def test_the_three_lists_are_those_of_the_paper(ranking: pd.DataFrame) -> None:
    up, down = rankings.gaining(ranking, 3), rankings.losing(ranking, 3)
    assert list(up["delta_i"]) == sorted(ranking["delta_i"])[::-1][:3]
    assert list(down["delta_i"]) == sorted(ranking["delta_i"])[:3]
    high = rankings.globally_high(ranking)
    assert (ranking[high]["i_pre"] >= np.quantile(ranking["i_pre"], 0.75)).all()
    of_t2 = rankings.stable(ranking[ranking["modality"] == "T2"], high, 2)
    expected = ranking[high & (ranking["modality"] == "T2")]["delta_i"].abs().sort_values().head(2)
    assert list(of_t2["delta_i"].abs()) == list(expected)


def test_the_papers_lists_show_the_apis_ranking(analysed: Site, api: Client) -> None:
    app = analysed.page("shifts", sort="paper")
    assert not app.exception
    top = api.ranking(app.query_params["analysis"], sort="delta_i", order="desc", limit=1).items[0]
    assert app.button(key="Gaining-1").label.replace("\\", "") == f"1. {top.label}"
    assert len(app.dataframe[0].value) == api.analysis(app.query_params["analysis"]).n_features


def test_the_trust_lists_show_flagged_features_by_effect(analysed: Site, api: Client) -> None:
    app = analysed.page("shifts")
    assert not app.exception
    analysis = app.query_params["analysis"]
    for key, flag, order in (("Stronger-1", "stronger", "desc"), ("Weaker-1", "weaker", "asc")):
        found = api.ranking(analysis, flag=flag, sort="effect", order=order, limit=1).items
        buttons = {button.key: button.label.replace("\\", "") for button in app.button}
        assert buttons.get(key) == (f"1. {found[0].label}" if found else None)
    flags = api.analysis(analysis).trust.flags
    assert f"{flags.get('stronger', 0)} stronger, {flags.get('weaker', 0)} weaker" in shown(app).replace("\\", "")


def test_trust_and_paper_columns_stand_beside_each_other_sorted_by_the_switch(analysed: Site) -> None:
    for sort, first, leading, rising in (
        ("trust", "flag", "effect", False),
        ("paper", "rank_paper", "rank_paper", True),
    ):
        table = analysed.page("shifts", sort=sort).dataframe[0].value
        assert list(table.columns)[2] == first
        assert {"flag", "effect", "ci_low", "ci_high", "q", "r2_pre", "delta_i", "paper_r2_ft"} <= set(table.columns)
        assert table[leading].notna().all()
        assert table[leading].nunique() > 1, "a constant column is sorted either way"
        assert table[leading].is_monotonic_increasing if rising else table[leading].is_monotonic_decreasing


def test_the_flag_filter_is_in_the_address(analysed: Site) -> None:
    whole = analysed.page("shifts").dataframe[0].value
    word = whole["flag"].iloc[-1]
    table = analysed.page("shifts", flag=word).dataframe[0].value
    assert len(table) == (whole["flag"] == word).sum()
    assert set(table["flag"]) == {word}


def test_the_unchanged_list_holds_the_best_decoded() -> None:
    rows = pd.DataFrame(
        {
            "flag": ["unchanged", "unchanged", "stronger", "unchanged", "weaker"],
            "r2_pre": [0.2, 0.5, 0.9, 0.6, 0.8],
            "r2_ft": [0.3, 0.4, 0.9, 0.1, 0.1],
            "effect": [0.0, 0.01, 0.2, 0.02, -0.5],
            "delta_i": [1.0, 1.0, -1.0, 1.0, -1.0],
        }
    )
    assert list(rankings.well_decoded_unchanged(rows, 2).index) == [1, 0]
    assert rankings.opposite(rows) == 1


def test_the_drawer_says_flag_effect_and_why_paper_and_trust_disagree(analysed: Site, api: Client) -> None:
    analysis = api.analyses()[0].id
    for row in api.ranking(analysis, sort="effect", limit=200).items:
        found = api.evidence(analysis, row.feature)
        if found.disagreement.disagrees:
            break
    else:
        pytest.fail("paper and trust agree on every feature")
    text = shown(analysed.page("shifts", analysis=analysis, feature=row.feature)).replace("\\", "")
    assert "Why do these two disagree?" in text
    assert found.disagreement.headline in text
    applying = [reason for reason in found.disagreement.reasons if reason.applies]
    assert applying
    assert all(f"**{reason.title}.** {reason.sentence}" in text for reason in applying)
    shared = next(reason for reason in found.disagreement.reasons if reason.code == "shared")
    assert shared.sentence in text
    shared = numbers.effect(found.shared_change, found.shared_change_low, found.shared_change_high)
    assert f"(shared change {shared})" in text or found.shared_change is None
    assert f"Effect {numbers.effect(row.effect, row.ci_low, row.ci_high)}" in text
    assert text.index(flag_badge.badge(row.flag, trust_words.PLAIN).replace("\\", "")) < text.index("control floor")


def test_the_drawer_shows_the_readings_and_who_carries_the_effect(analysed: Site, api: Client) -> None:
    analysis = api.analyses()[0].id
    row = api.ranking(analysis, sort="effect", limit=1).items[0]
    found = api.evidence(analysis, row.feature)
    app = analysed.page("shifts", analysis=analysis, feature=row.feature)
    assert not app.exception
    charts = [element.key for element in app.get("plotly_chart")]
    assert charts[-3:] == ["evidence-readings", "evidence-held-out", "evidence-influence"]
    text = shown(app).replace("\\", "")
    assert influence_panel.sentence(found) in text
    assert f"pure noise reaches {numbers.r2(row.chance_r2_pre)} before" in text
    first = found.influence[0]
    links = [element.proto.label.replace("\\", "") for element in app.get("page_link")]
    assert f"Patient {first.patient_id}" in links
    assert f"without this patient the effect would be {numbers.fine_change(row.effect - first.carries)}" in text


def test_the_ranking_says_by_what_it_is_sorted() -> None:
    rows = pd.DataFrame({"flag": ["stronger"] * 2, "effect": [0.3, 0.2], "effect_shrunk": [0.1, 0.2]})
    assert rankings.ranked_by(rows) == "effect_shrunk"
    assert "read with its group" in rankings.order_words(rows)
    assert list(rankings.flagged(rows, trust_words.UP, 2).index) == [1, 0]
    small = rows.assign(effect_shrunk=np.nan)
    assert rankings.ranked_by(small) == "effect"
    assert list(rankings.flagged(small, trust_words.UP, 2).index) == [0, 1]


def test_filters_are_in_the_address(analysed: Site) -> None:
    app = analysed.page("shifts", **{"class": "GLCM", "modality": "ADC"})
    table = app.dataframe[0].value
    assert not table.empty
    assert table["feature"].str.match(r"ADC_.*_glcm_").all()
    app.text_input(key="q").set_value("no such words").run()
    assert "Take one away" in app.info[0].value


def test_choosing_a_feature_opens_it_with_the_patients_that_carry_it(analysed: Site, api: Client) -> None:
    app = analysed.page("shifts", sort="paper")
    app.button(key="Losing-1").click().run()
    assert not app.exception
    feature = app.query_params["feature"]
    found = api.feature_cases(app.query_params["analysis"], feature)
    assert feature in [block.value for block in app.code]
    text = shown(app)
    assert "Studies decoded most differently" in text
    assert found.definition.sentence.split()[0] in text


def test_a_hostile_id_is_never_markdown(analysed: Site, api: Client) -> None:
    analysis = api.analyses()[0].id
    for row in api.ranking(analysis, limit=100).items:
        carriers = api.evidence(analysis, row.feature).points[:6]
        if any(case.study_id == HOSTILE for case in carriers):
            break
    else:
        pytest.fail("no feature is carried by the hostile study")
    app = analysed.page("shifts", analysis=analysis, feature=row.feature)
    assert not app.exception
    links = [element.proto.label for element in app.get("page_link")]
    assert any("outside" in label for label in links)
    assert not any("![" in label or "](" in label for label in [*links, shown(app)])


def test_what_an_address_calls_a_feature_is_never_markup(analysed: Site) -> None:
    app = analysed.page("shifts", feature="![](http://x)")
    assert not app.exception
    assert "has no feature" in shown(app)
    assert "![" not in shown(app)


def test_the_answer_counts_the_features_that_the_filters_leave(analysed: Site, api: Client) -> None:
    everything = api.ranking(analysed.page("shifts").query_params["analysis"], limit=500).items
    left = [row for row in everything if row.modality == "ADC" and row.feature_class == "glcm"]
    rose = sum(row.delta_i > 0 for row in left)
    for sort, told in (("trust", "stronger, "), ("paper", f"importance rose for {rose} feature")):
        text = shown(analysed.page("shifts", modality="ADC", **{"class": "GLCM"}, sort=sort)).replace("\\", "")
        answer = next(line for line in text.splitlines() if "match the filters: " in line)
        assert answer.startswith(f"{len(left)} of {len(everything)} features match the filters: ")
        assert told in answer
        assert f"{len(left)} of {len(everything)} features, seed" in text
