from urllib.parse import parse_qs

import numpy as np
import pytest

from frontend.charts.cohort_map import cohort_map, drawn, moved
from frontend.charts.map_colours import colourings
from frontend.text.map_words import column_words, of_task, told_apart
from shared import schemas as s
from shared.client import Client
from shared.conditions import OneOf, read
from shared.protocols.reader import built_in, prostate
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
    links = {link.label: parse_qs(link.proto.query_string) for link in app.main.get("page_link")}
    studies = sorted(study.study_id for study in api.embedding_map(analysis).studies if study.case_id in cases)
    for label in ("Their cases", "Shifts in them"):
        (condition,) = read(links[label]["where"][0])
        assert isinstance(condition, OneOf)
        assert (condition.column, list(condition.values)) == ("study_id", studies)
        assert links[label]["analysis"] == [analysis]
    app.session_state["studies chosen on the map"] = ("another analysis", cases)
    app.run()
    assert len(app.dataframe[0].value) > 3


def column(
    name: str, kind: str, values: list[object], levels: tuple[str, ...] = (), of: str = "clinical"
) -> s.MapColumn:
    missing = sum(value is None for value in values)
    return s.MapColumn.model_validate(
        {"name": name, "of": of, "kind": kind, "levels": levels, "values": values, "missing": missing}
    )


def test_what_is_unknown_or_the_same_for_all_colours_nothing(analysed: Site, api: Client) -> None:
    found = api.embedding_map(api.analyses()[0].id)
    assert list(colourings(found, prostate())) == ["Neighbours kept", "Split"]


def test_classes_grades_and_numbers_colour_the_map_and_the_unknown_are_grey_and_counted(
    analysed: Site, api: Client
) -> None:
    found = api.embedding_map(api.analyses()[0].id)
    n = len(found.studies)
    brain = built_in("brain-glioma-mri")
    known = found.model_copy(
        update={
            "columns": [
                column("grade", "grade", [("2", "3", "4")[at % 3] for at in range(n)], ("2", "3", "4"), "target"),
                column("tumor", "number", [10.0 + at for at in range(n)], of="region"),
                column("Site", "class", [None, *(("A", "B")[at % 2] for at in range(1, n))], ("A", "B")),
                column("psa", "number", [None, None, *map(float, range(2, n))]),
            ]
        }
    )
    offered = colourings(known, brain)
    assert list(offered) == ["Tumour grade", "Tumor volume, mL", "Neighbours kept", "Site", "PSA", "Split"]
    grades = {kind for kind in offered["Tumour grade"].kinds if kind is not None}
    assert len({colour for _, colour, _ in grades}) == len({symbol for _, _, symbol in grades}) == 3
    assert {name for name, _, _ in grades} == {"Tumour grade 2", "Tumour grade 3", "Tumour grade 4"}

    site = cohort_map(known, offered["Site"], [], False, "made of.", dark=False, protocol=brain)
    assert [trace.name for trace in site.figure.data if trace.showlegend] == ["unknown (1)", "A", "B"]
    assert "Grey crosses: the value is not known." in site.caption

    psa = cohort_map(known, offered["PSA"], [], False, "made of.", dark=False, protocol=brain)
    (grey,) = [trace for trace in psa.figure.data if trace.showlegend]
    assert (grey.name, grey.marker.symbol) == ("unknown (2)", "x-thin-open")
    scaled = [trace for trace in psa.figure.data if trace.marker.coloraxis == "coloraxis"]
    assert [list(trace.marker.color) for trace in scaled] == [[float(at) for at in range(2, n)]] * 2
    assert psa.figure.layout.coloraxis.colorbar.title.text == "PSA"


def test_a_legend_has_the_order_of_the_protocols_classes(analysed: Site, api: Client) -> None:
    found = api.embedding_map(api.analyses()[0].id)
    n = len(found.studies)
    idh = column("idh", "class", [("mutant", "wildtype")[at % 2] for at in range(n)], ("wildtype", "mutant"), "target")
    brain = built_in("brain-glioma-mri")
    known = found.model_copy(update={"columns": [idh]})
    chart = cohort_map(known, colourings(known, brain)["IDH status"], [], False, "made of.", dark=False, protocol=brain)
    assert [trace.name for trace in chart.figure.data if trace.showlegend] == ["wildtype", "mutant"]


def test_a_map_opens_in_the_colours_of_what_was_learned() -> None:
    brain = built_in("brain-glioma-mri")
    columns = [
        column("idh", "class", ["mutant"], ("wildtype", "mutant"), "target"),
        column("survival time", "number", [412.0], of="target"),
        column("survival event", "class", ["yes"], ("no", "yes"), "target"),
        column("tumor", "number", [3.0], of="region"),
    ]
    words = ["IDH status", "Survival, days", "Survival, event", "Tumor volume, mL"]
    assert [column_words(one, brain) for one in columns] == words
    opened = [of_task(columns, brain, task) for task in ("idh", "survival", "tumor_seg", "grade", "none")]
    assert opened == ["IDH status", "Survival, days", "Tumor volume, mL", None, None]


def test_the_chosen_are_told_apart_by_the_class_that_is_most_over_represented(analysed: Site, api: Client) -> None:
    found = api.embedding_map(api.analyses()[0].id)
    n = len(found.studies)
    chosen = {study.case_id for study in found.studies[: n // 2]}
    site = column("site", "class", ["A"] * (n // 2) + ["B"] * (n - n // 2), ("A", "B"))
    known = found.model_copy(update={"columns": [site]})
    share = round(100 * (n // 2) / n)
    assert told_apart(prostate(), known, chosen) == f"Site A in 100 % of them (all studies: {share} %)."
    everyone = {study.case_id for study in found.studies}
    assert told_apart(prostate(), known, everyone) == ""


def test_chosen_studies_stand_out_in_both_maps_and_links_join_them(analysed: Site, api: Client) -> None:
    found = api.embedding_map(api.analyses()[0].id)
    chosen = [found.studies[0].case_id]
    kind = colourings(found, prostate())["Neighbours kept"]
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


def test_an_empty_server_says_what_to_do(no_data: Site) -> None:
    app = no_data.page("map")
    assert not app.exception
    assert app.title[0].value == "Nothing has been analysed yet"


def test_of_very_many_studies_an_even_part_is_drawn_and_chosen_ones_as_many_as_fit(
    analysed: Site, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("frontend.charts.cohort_map.MOST_DRAWN", 10)
    found = api.embedding_map(api.analyses()[0].id)
    studies = found.studies[:40]
    ids = [study.case_id for study in studies]
    assert drawn(studies, set()) == list(range(0, 40, 4))
    few = drawn(studies, {ids[3], ids[21], ids[22]})
    assert {3, 21, 22} < set(few)
    assert (len(few), few) == (10, sorted(few))
    assert drawn(studies, set(ids[:20])) == list(range(0, 20, 2))
    assert drawn(studies[:10], {ids[1]}) == list(range(10))
    chart = cohort_map(found, colourings(found, prostate())["Neighbours kept"], [], False, "", False, prostate())
    assert sum(len(trace.x) for trace in chart.figure.data) == 2 * 10
    assert f"Drawn are 10 of {len(found.studies)} studies" in chart.caption
    assert len(chart.data) == len(found.studies)
