"""Nothing that an address asks for is swapped in silence."""

from frontend.state import session_keys
from shared.client import Client
from tests.frontend.work_site import Site


def warnings(app) -> list[str]:
    return [one.value.replace("\\", "") for one in app.warning]


def test_an_analysis_that_is_gone_is_said_until_somebody_chooses(analysed: Site) -> None:
    app = analysed.page("overview", analysis="0123456789abcdef")
    (sentence,) = warnings(app)
    assert sentence.startswith("The analysis 0123456789abcdef of this address is not on this server. What is shown is ")
    assert app.query_params["analysis"] != "0123456789abcdef"
    app.segmented_control(key="modality-switch").set_value("DWI").run()
    assert warnings(app) == []


def test_the_sentence_stays_while_the_page_is_drawn_again_and_goes_with_the_page(analysed: Site) -> None:
    app = analysed.page("overview", analysis="gone")
    app.run()
    assert len(warnings(app)) == 1
    app.switch_page("pages/groups.py").run()
    assert warnings(app) == []


def test_a_region_and_a_modality_that_the_analysis_lacks_are_said_with_what_there_is(
    analysed: Site, api: Client
) -> None:
    chosen = next(one for one in api.analyses() if one.roi == "gland")
    app = analysed.page("overview", analysis=chosen.id, roi="bladder", modality="PET")
    region, modality = warnings(app)
    assert region.startswith("This analysis has no region bladder; it has ")
    assert modality == "This analysis has no modality PET; it has T2, DWI, ADC. All are shown."
    assert not app.exception


def test_a_feature_that_is_not_there_offers_those_named_most_alike(analysed: Site, api: Client) -> None:
    analysis = api.analyses()[0]
    query = {"analysis": analysis.id, "case": api.cases(analysis.cohort_id)[1].id}
    name = api.ranking(analysis.id).items[0].feature
    app = analysed.page("cases", feature=f"{name}s", **query)
    (told,) = [one.value for one in app.markdown if "has no feature" in one.value]
    assert told.endswith("The nearest names:")
    app.button(key=session_keys.nearest_feature(name)).click().run()
    assert app.query_params["feature"] == name
    assert not [one.value for one in app.markdown if "has no feature" in one.value]


def test_a_name_like_nothing_is_said_too_and_can_be_closed(analysed: Site, api: Client) -> None:
    analysis = api.analyses()[0]
    app = analysed.page("cases", analysis=analysis.id, case=api.cases(analysis.cohort_id)[1].id, feature="zzz")
    assert any("has no feature zzz. Choose one below." in one.value.replace("\\", "") for one in app.markdown)
    app.button(key=session_keys.FEATURE_NOT_HERE_CLOSED).click().run()
    assert "feature" not in app.query_params
    assert not app.exception
