"""Cases of cohorts of one, two, four and six kinds of images: list, line, regions and pictures in their own words."""

import pytest

from backend.storage.blob_store import BlobStore
from shared import schemas as s
from tests.drawn_cohorts import CODES, add_cohort, drawn, protocols
from tests.frontend.other_organs import add_brain
from tests.frontend.work_site import Site, words

OF_THE_PROSTATE = ("PI-RADS", "Gland", "gland", "lesion", "T2,", "DWI")


@pytest.mark.parametrize("number", [1, 2, 4, 6])
def test_a_case_is_told_without_a_word_of_the_prostate(own_site: Site, number: int) -> None:
    protocol = protocols()[number]
    with own_site.database() as database:
        files = BlobStore(own_site.settings.data_dir / "files")
        cohort = add_cohort(database, files, protocol, {"a": drawn(protocol), "b": drawn(protocol, 1)})
    page = own_site.page("cases", cohort=cohort)
    assert not page.exception
    told = words(page)
    assert not [word for word in OF_THE_PROSTATE if word in told]
    volumes = [f"{roi[:1].upper()}{roi[1:]} (mL)".replace("_", " ") for roi in protocol.rois]
    assert [column for column in page.dataframe[0].value if "mL" in column] == volumes
    assert "sub" not in told
    for roi in protocol.rois:
        assert f"{roi.replace('_', ' ')} " in told
    opened = own_site.page("cases", cohort=cohort, case=own_site.client.cases(cohort)[0].id)
    opened.session_state["native-geometry"] = opened.session_state["plain-pictures"] = True
    opened = opened.run()
    assert not opened.exception
    assert f"resampled to the {protocol.reference} grid by physical position." in words(opened)
    assert [picture.proto.imgs[0].caption.partition(",")[0] for picture in opened.image] == list(
        protocol.display_order or protocol.modality_names
    )


def test_a_protocol_of_codes_alone_has_pictures_and_nothing_to_measure(own_site: Site) -> None:
    protocol = s.Protocol.model_validate(CODES)
    with own_site.database() as database:
        files = BlobStore(own_site.settings.data_dir / "files")
        cohort = add_cohort(database, files, protocol, {"a": drawn(protocol)})
    (listed,) = own_site.client.cases(cohort)
    page = own_site.page("cases", cohort=cohort, case=listed.id)
    assert not page.exception
    assert "The protocol has no region to measure" in words(page)
    case = own_site.client.case(listed.id)
    assert (case.display.finding, case.display.frame) == ("segments", None)
    assert case.masks[0].roi == "segments"
    assert case.best_slice in case.masks[0].slices
    assert own_site.client.case_maps(listed.id).rois == []


def test_the_list_of_gliomas_has_their_targets_and_filters(own_site: Site) -> None:
    with own_site.database() as database:
        cohort = add_brain(database)
    page = own_site.page("cases", cohort=cohort)
    assert not page.exception
    table = page.dataframe[0].value
    assert list(table)[:5] == ["Study", "Patient", "IDH status", "Tumour grade", "Tumor (mL)"]
    assert {"PI-RADS", "Gland (mL)", "Lesion (mL)"}.isdisjoint(table)
    page = page.segmented_control(key="filter-idh").set_value("mutant").run()
    assert page.query_params["idh"] == "mutant"
    assert set(page.dataframe[0].value["IDH status"]) == {"mutant"}
    assert "no images to show" in words(page)
