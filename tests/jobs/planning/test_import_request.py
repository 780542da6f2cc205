"""A request to import studies: what it names is there, and its free text is looked at."""

import pytest

from backend.errors import BadSettings
from backend.jobs.planning.import_request import read_request
from shared import schemas as s


def request(settings, folder, **fields):
    return read_request(settings, s.ImportCasesParams(cohort="c", path=str(folder), **fields), local=True)


def test_series_named_for_a_study_that_is_not_there_are_refused(settings, tmp_path):
    for name in ("a/1_5_gland.nii.gz", "a/dicom/4/1-01.dcm", "b/2_5_t2w.mha"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert request(settings, tmp_path, series={"1_5": {"T2": "4"}}).choices.series == {"1_5": {"T2": "4"}}
    with pytest.raises(BadSettings, match="the study '15', which is not among the 2 studies found"):
        request(settings, tmp_path, series={"1_5": {"T2": "4"}, "15": {"T2": "4"}})


@pytest.mark.parametrize("column", ["center", "scanner_model", "split"])
def test_free_text_of_a_manifest_is_looked_at_for_names(settings, tmp_path, column):
    path = tmp_path / "manifest.csv"
    path.write_text(f"study_id,t2w,{column}\n1_5,a.mha,RUMC\n")
    assert request(settings, path).identifiers == []
    path.write_text(f"study_id,t2w,{column}\n1_5,a.mha,Doe^John\n")
    assert request(settings, path).identifiers
