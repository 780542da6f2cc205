"""What a request leaves open of an encoder's input: the protocol of its cohort says it, also where it came as JSON."""

import pytest

from backend.jobs.planning.open_input import with_protocol_grid
from backend.models import Cohort
from backend.storage.cohort_protocol import stored_protocol
from shared import schemas as s
from shared.protocols.reader import built_in

TURNED = s.Protocol.model_validate(
    {
        "name": "turned",
        "modalities": [{"name": "CT", "required": True, "reference": True}],
        "regions": [{"name": "kidney"}, {"name": "parts", "kind": "labels", "codes": {1: "left"}}, {"name": "cyst"}],
        "grid": {"spacing_mm": [0.5, 0.75, 3], "size_zyx": [16, 48, 64], "orientation": "as_stored"},
    }
)
OWN = ((16, 48, 64), (3.0, 0.75, 0.5), "as_stored")


@pytest.fixture
def cohorts(database) -> dict[str, str]:
    with database.write() as session:
        rows = [
            Cohort(name=each.name, kind="images", protocol=stored_protocol(each))
            for each in (TURNED, built_in("prostate-mpmri"))
        ]
        session.add_all(rows)
        session.flush()
        return {row.name: row.id for row in rows}


def as_arrived(params: s.JobParams) -> s.JobParams:
    """The request as a server reads it from the client's JSON."""
    return s.JobSubmit.model_validate_json(s.JobSubmit(params=params).wire()).params


@pytest.mark.parametrize("arrived", [lambda params: params, as_arrived], ids=["here", "as JSON"])
def test_what_is_not_said_is_the_protocols_and_what_is_said_stays(database, cohorts, arrived) -> None:
    def grid(cohort: str, given: s.EncoderInput | None = None) -> tuple:
        params = s.PretrainParams(cohort_id=cohorts[cohort], **({} if given is None else {"input": given}))
        with database.read() as session:
            found = with_protocol_grid(session, arrived(params))
        assert isinstance(found, s.PretrainParams)
        return found.input.size_zyx, found.input.spacing_zyx_mm, found.input.orientation

    usual = s.EncoderInput()
    assert grid("turned") == OWN
    assert grid("turned", s.EncoderInput(modalities=("CT",))) == OWN
    assert grid("turned", s.EncoderInput(size_zyx=usual.size_zyx)) == (usual.size_zyx, *OWN[1:]), "as it was asked for"
    assert grid("turned", s.EncoderInput(orientation="LPS")) == (*OWN[:2], "LPS"), "as it was asked for"
    assert grid("prostate-mpmri") == (usual.size_zyx, usual.spacing_zyx_mm, "LPS")


@pytest.mark.parametrize("arrived", [lambda params: params, as_arrived], ids=["here", "as JSON"])
def test_all_regions_of_the_protocol_are_measured_unless_told(database, cohorts, arrived) -> None:
    def rois(cohort: str, **given: list[str]) -> list[str]:
        with database.read() as session:
            found = with_protocol_grid(session, arrived(s.ExtractParams(cohort_id=cohorts[cohort], **given)))
        assert isinstance(found, s.ExtractParams)
        return found.rois

    assert rois("turned") == ["kidney", "cyst"]
    assert rois("turned", rois=["cyst"]) == ["cyst"]
    assert rois("prostate-mpmri") == ["gland", "lesion"]
