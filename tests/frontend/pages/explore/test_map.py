import numpy as np

from frontend.charts.cohort_map import cohort_map, colourings, moved
from shared import schemas as s
from shared.client import Client
from shared.protocols.reader import prostate
from tests.frontend.pages.explore.words_shown import shown
from tests.frontend.work_site import Site


def test_the_top_line_counts_kept_neighbours_against_chance(analysed: Site, api: Client) -> None:
    app = analysed.page("map")
    assert not app.exception
    found = api.embedding_map(app.query_params["analysis"])
    text = shown(app).replace("\\", "")
    assert f"keeps {round(100 * found.kept_share)} % of its {found.neighbours} nearest neighbours" in text
    assert f"unrelated embeddings would keep {round(100 * found.chance_share)} %" in text
    assert "Debiased CKA" in text


def test_every_study_stands_in_the_table_those_that_lost_most_first(analysed: Site, api: Client) -> None:
    app = analysed.page("map")
    table = app.dataframe[0].value
    found = api.embedding_map(app.query_params["analysis"])
    assert set(table["study"]) == {study.study_id for study in found.studies}
    assert table["kept"].is_monotonic_increasing


def test_a_lasso_narrows_the_table_and_stays_with_its_analysis(analysed: Site, api: Client) -> None:
    app = analysed.page("map")
    analysis = app.query_params["analysis"]
    cases = [study.case_id for study in api.embedding_map(analysis).studies][:3]
    app.session_state["studies chosen on the map"] = (analysis, cases)
    app.run()
    assert len(app.dataframe[0].value) == 3
    assert "3 chosen studies" in [element.value for element in app.subheader]
    app.session_state["studies chosen on the map"] = ("another analysis", cases)
    app.run()
    assert len(app.dataframe[0].value) > 3


def test_what_is_unknown_or_the_same_for_all_colours_nothing(analysed: Site, api: Client) -> None:
    found = api.embedding_map(api.analyses()[0].id)
    assert set(colourings(found)) == {"Neighbours kept", "Split"}
    scored = found.model_copy(
        update={
            "studies": [
                study.model_copy(update={"pirads": 2 + n % 4, "volume_ml": 20.0 + n, "lesion_ml": float(n % 2)})
                for n, study in enumerate(found.studies)
            ]
        }
    )
    offered = colourings(scored)
    assert {"PI-RADS", "Gland volume", "Lesion"} <= set(offered)
    kinds = {offered["PI-RADS"](study) for study in scored.studies}
    assert len({colour for _, colour, _ in kinds}) == len({symbol for _, _, symbol in kinds}) == 4
    counts = [
        sum(offered["Gland volume"](study)[0] == name for study in scored.studies) for name in _names(offered, scored)
    ]
    assert max(counts) - min(counts) <= 2


def test_chosen_studies_stand_out_in_both_maps_and_links_join_them(analysed: Site, api: Client) -> None:
    found = api.embedding_map(api.analyses()[0].id)
    chosen = [found.studies[0].case_id]
    kind = colourings(found)["Neighbours kept"]
    apart = cohort_map(found, kind, chosen, False, "made of.", dark=False, protocol=prostate())
    strong = [
        case
        for trace in apart.figure.data
        for case, strength in zip(trace.customdata, trace.marker.opacity, strict=True)
        if strength == 1.0
    ]
    assert strong == [chosen[0], chosen[0]]
    together = cohort_map(found, kind, [], True, "made of.", dark=True, protocol=prostate())
    links = next(trace for trace in together.figure.data if trace.mode == "lines")
    assert len(links.x) == 3 * len(found.studies)
    assert (links.x[0], links.x[1]) == (found.studies[0].pre_x, found.studies[0].ft_x)
    far = max(found.studies, key=moved)
    assert far.study_id in apart.alt
    assert np.isclose(moved(far), np.hypot(far.ft_x - far.pre_x, far.ft_y - far.pre_y))


def _names(offered: dict, found: s.EmbeddingMap) -> set[str]:
    return {offered["Gland volume"](study)[0] for study in found.studies}


def test_an_empty_server_says_what_to_do(no_data: Site) -> None:
    app = no_data.page("map")
    assert not app.exception
    assert app.title[0].value == "Nothing has been analysed yet"
