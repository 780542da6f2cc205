"""Parameter files for the regions of a cohort."""

import pytest

from backend.errors import BadSettings
from backend.jobs.planning.radiomics_settings import check_radiomics_settings
from shared.schemas import ExtractParams


def given(text: str) -> ExtractParams:
    return ExtractParams(cohort_id="c", settings="mine.yaml", yaml=text)


def test_what_pyradiomics_examples_hold_by_default_is_accepted() -> None:
    check_radiomics_settings(given("setting: {label: 1, label_channel: 0, correctMask: false, binWidth: 5}"))
    check_radiomics_settings(ExtractParams(cohort_id="c"))


def test_keys_that_would_do_nothing_are_refused_all_at_once() -> None:
    text = (
        "setting: {label: 2, correctMask: true, geometryTolerance: 0.1, additionalInfo: true}\n"
        "voxelSetting: {kernelRadius: 2}"
    )
    with pytest.raises(BadSettings) as refusal:
        check_radiomics_settings(given(text))
    assert refusal.value.sentence == (
        "The radiomics settings mine.yaml hold what has no effect on a cohort; remove `label` (each region of a cohort "
        "is a mask of its own), `correctMask` (masks were put on the image's grid at import), `geometryTolerance` "
        "(masks were put on the image's grid at import), `additionalInfo` (provenance is kept beside the features), "
        "`voxelSetting` (it is about maps)."
    )


def test_a_wrong_file_and_an_unknown_name_are_refused() -> None:
    with pytest.raises(BadSettings, match="`binwidth` in setting is unknown"):
        check_radiomics_settings(given("setting: {binwidth: 5}"))
    with pytest.raises(BadSettings, match="no radiomics settings called 'own'"):
        check_radiomics_settings(ExtractParams(cohort_id="c", settings="own"))
