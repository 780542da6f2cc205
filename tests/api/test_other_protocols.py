"""Images, masks, maps and files of cases of other protocols over HTTP: one, two, four and six kinds of images."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from PIL import Image
from starlette.testclient import TestClient

from backend.models import Cohort
from backend.storage.blob_store import BlobStore
from backend.storage.cohort_protocol import stored_protocol
from backend.storage.database import Database, upgrade
from shared import schemas as s
from shared.schemas.protocol import Protocol
from tests.api import server
from tests.api.reads import get
from tests.drawn_cohorts import add_cohort, drawn, protocols

MEAN = "original_firstorder_Mean"
NUMBERS = pytest.mark.parametrize("number", [1, 2, 4, 6])


@dataclass(frozen=True)
class Drawn:
    """A server over cohorts of several protocols, by their number of modalities.

    Each has two cases; the second lacks an optional image.
    """

    client: TestClient
    cohorts: dict[int, str]

    def cases(self, number: int) -> list[s.CaseDetail]:
        listed = get(self.client, f"/cohorts/{self.cohorts[number]}/cases")["items"]
        return [s.CaseDetail.model_validate(get(self.client, f"/cases/{case['id']}")) for case in listed]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drawn]:
    folder = tmp_path_factory.mktemp("drawn")
    settings = server.settings_of(folder)
    upgrade(settings)
    (folder / "locks").mkdir()
    database, files = Database(settings), BlobStore(folder / "files")
    cohorts = {}
    for number, protocol in protocols().items():
        images, masks = drawn(protocol, 1)
        optional = [one.name for one in protocol.modalities if not one.required]
        images = {name: each for name, each in images.items() if name not in optional[-1:]}
        cohorts[number] = add_cohort(database, files, protocol, {"a": drawn(protocol), "b": (images, masks)})
    database.close()
    with server.running(folder) as client:
        client.headers.update(server.bearer(client, "viewer"))
        yield Drawn(client, cohorts)


@NUMBERS
def test_a_case_says_how_it_is_shown(site: Drawn, number: int) -> None:
    protocol = protocols()[number]
    whole, lacking = site.cases(number)
    assert whole.has_images
    assert [one.modality for one in whole.volumes] == list(protocol.modality_names)
    assert [one.roi for one in whole.masks] == list(protocol.region_names)
    names = [one.name for one in whole.display.modalities]
    assert names == list(protocol.display_order or protocol.modality_names)
    assert lacking.display == whole.display
    assert len(lacking.volumes) == max(1, number - 1)


@NUMBERS
def test_voxels_come_by_the_case_and_by_its_signed_claim(site: Drawn, number: int) -> None:
    protocol = protocols()[number]
    case = site.cases(number)[0]
    images, masks = drawn(protocol)
    for info in case.volumes:
        native = sitk.GetArrayFromImage(images[info.modality])
        for path in (f"cases/{case.id}/volumes/{info.modality}", f"images/{case.signed}/{info.modality}"):
            voxels = np.frombuffer(site.client.get(f"/api/v1/{path}").content, "<u2").reshape(info.shape_zyx)
            assert np.abs(info.intercept + info.slope * voxels - native).max() <= 0.51 * info.slope, path
    for mask in case.masks:
        for path in (f"cases/{case.id}/masks/{mask.roi}", f"images/{case.signed}/{mask.roi}"):
            voxels = np.frombuffer(site.client.get(f"/api/v1/{path}").content, "u1").reshape(mask.shape_zyx)
            np.testing.assert_array_equal(voxels, sitk.GetArrayFromImage(masks[mask.roi]), path)


@NUMBERS
def test_maps_are_of_the_regions_of_the_protocol(site: Drawn, number: int) -> None:
    protocol, case = protocols()[number], site.cases(number)[0]
    offered = s.CaseMaps.model_validate(get(site.client, f"/cases/{case.id}/maps"))
    assert (offered.modalities, offered.rois) == (list(protocol.modality_names), list(protocol.rois))
    asked = f"maps/{offered.modalities[-1]}/{offered.rois[0]}/{MEAN}"
    found = s.FeatureMap.model_validate(get(site.client, f"/cases/{case.id}/{asked}"))
    inside = np.count_nonzero(sitk.GetArrayFromImage(drawn(protocol)[1][offered.rois[0]]))
    assert found.voxels + found.undefined == inside
    answer = site.client.get(f"/api/v1/images/{case.signed}/{asked}")
    assert np.count_nonzero(np.frombuffer(answer.content, "<u2")) == found.voxels


@NUMBERS
def test_a_slice_is_drawn_with_the_colours_of_the_regions(site: Drawn, number: int) -> None:
    case = site.cases(number)[0]
    for region in case.display.regions:
        answer = site.client.get(f"/api/v1/cases/{case.id}/slice.png", params={"rois": region.name})
        assert answer.status_code == 200, answer.text
        pixels = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).reshape(-1, 3)
        for colour in {code.colour for code in region.codes} or {region.colour}:
            assert (pixels == list(bytes.fromhex(colour[1:]))).all(axis=1).any(), (region.name, colour)
    plain = site.client.get(f"/api/v1/cases/{case.id}/slice.png", params={"rois": ""})
    usual = site.client.get(f"/api/v1/cases/{case.id}/slice.png")
    around = site.client.get(f"/api/v1/cases/{case.id}/slice.png", params={"part": case.display.finding})
    assert len({plain.content, usual.content, around.content}) == 3


@NUMBERS
def test_each_mask_is_a_segmentation_with_its_regions_names(site: Drawn, number: int) -> None:
    protocol, case = protocols()[number], site.cases(number)[0]
    for region in protocol.regions:
        answer = site.client.get(f"/api/v1/cases/{case.id}/masks/{region.name}.dcm")
        assert answer.status_code == 200, answer.text
        made = pydicom.dcmread(io.BytesIO(answer.content))
        labels = [item.SegmentLabel for item in made.SegmentSequence]
        assert [label.lower() for label in labels] == list(region.codes.values() or [region.name])
        native = sitk.GetArrayFromImage(drawn(protocol)[1][region.name])
        assert made.pixel_array.sum() == np.count_nonzero(native)


def refused(site: Drawn, path: str) -> tuple[int, str]:
    answer = site.client.get(f"/api/v1/{path}")
    return answer.status_code, str(answer.json()["detail"])


def test_names_of_other_protocols_are_refused_with_what_there_is(site: Drawn) -> None:
    case = site.cases(6)[0]
    modalities = "there is HBP, ART, PV, DEL, ADC, R2-star."
    regions, masks = "there is liver, tumor, vessels.", "there is liver, tumor, vessels, segments."
    where = f"cases/{case.id}"
    for path, sentence in (
        (f"{where}/volumes/T2", f"The protocol liver-six has no modality 'T2'; {modalities}"),
        (f"{where}/masks/gland", f"The protocol liver-six has no mask 'gland'; {masks}"),
        (f"{where}/masks/gland.dcm", f"The protocol liver-six has no mask 'gland'; {masks}"),
        (f"{where}/slice.png?modality=T2", f"The protocol liver-six has no modality 'T2'; {modalities}"),
        (f"{where}/slice.png?rois=gland", f"The protocol liver-six has no mask 'gland'; {masks}"),
        (f"{where}/slice.png?part=gland", f"The protocol liver-six has no mask 'gland'; {masks}"),
        (f"{where}/maps/T2/liver/{MEAN}", f"The protocol liver-six has no modality 'T2'; {modalities}"),
        (f"{where}/maps/ART/segments/{MEAN}", f"The protocol liver-six has no region 'segments'; {regions}"),
        (f"images/{case.signed}/maps/T2/liver/{MEAN}", f"The protocol liver-six has no modality 'T2'; {modalities}"),
    ):
        assert refused(site, path) == (422, sentence), path
    kinds = "HBP, ART, PV, DEL, ADC, R2-star, liver, tumor, vessels, segments."
    unknown = f"The protocol liver-six has no image or mask 'T2'; there is {kinds}"
    assert refused(site, f"images/{case.signed}/T2") == (422, unknown)


def test_what_one_case_lacks_is_not_found_with_what_it_has(site: Drawn) -> None:
    case = site.cases(4)[1]
    sentence = "This case has no T2; there is T1ce, FLAIR, T1, tumor."
    where = f"cases/{case.id}"
    for path in (f"{where}/volumes/T2", f"images/{case.signed}/T2", f"{where}/slice.png?modality=T2"):
        assert refused(site, path) == (404, sentence), path
    assert refused(site, f"{where}/maps/T2/tumor/{MEAN}") == (404, sentence)


def test_a_claim_of_another_protocol_is_none(site: Drawn) -> None:
    """A claim names what is shown: the same images under another protocol are another view."""
    case, protocol = site.cases(4)[0], protocols()[4]
    database: Database = site.client.app.state.database  # type: ignore[attr-defined]
    renamed = Protocol.model_validate(protocol.model_dump() | {"name": "brain-two"})
    for stored, status in ((renamed, 404), (protocol, 200)):
        with database.write() as session:
            session.get_one(Cohort, case.cohort_id).protocol = stored_protocol(stored)
        assert site.client.get(f"/api/v1/images/{case.signed}/T1ce").status_code == status
