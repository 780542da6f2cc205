"""Views of cases of one, four and six modalities: exact values, windows, units, masks, and what a case opens on."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from backend.errors import NotFound
from backend.rendering import viewer_data
from backend.rendering.display import display_of
from backend.storage.blob_store import BlobStore
from shared.protocol_words import REGION_COLOURS, finding_of, frame_of
from shared.protocols.reader import BUILT_IN, built_in, prostate
from shared.schemas.protocol import Protocol
from tests.drawn_cohorts import AIR, METAL, drawn, image, protocols
from tests.small_study import small_study, stored

NATIVE = pytest.mark.parametrize("number", [1, 2, 4, 6])


@NATIVE
def test_every_image_and_mask_is_shown_on_the_grid_of_the_reference(tmp_path: Path, number: int) -> None:
    protocol, files = protocols()[number], BlobStore(tmp_path)
    images, masks = drawn(protocol)
    case = stored(files, (images, masks))
    shown = viewer_data.view(files, case, protocol)
    assert [one.modality for one in shown.volumes] == list(protocol.modality_names)
    assert [one.unit for one in shown.volumes] == [one.unit for one in protocol.modalities]
    assert [one.roi for one in shown.masks] == list(protocol.region_names)
    for one in shown.volumes:
        native = sitk.GetArrayFromImage(images[one.modality])
        values = one.intercept + one.slope * viewer_data.view_array(files, case, protocol, one.modality)
        assert np.abs(values - native).max() <= 0.51 * one.slope
    for mask in shown.masks:
        native = sitk.GetArrayFromImage(masks[mask.roi])
        np.testing.assert_array_equal(viewer_data.view_array(files, case, protocol, mask.roi), native)
    counts = (sitk.GetArrayFromImage(masks[str(finding_of(protocol))]) > 0).sum(axis=(1, 2))
    assert counts[shown.best_slice] == counts.max()


def test_hounsfield_units_are_held_exactly_and_seen_through_the_protocols_window(tmp_path: Path) -> None:
    protocol, files = built_in("lung-ct"), BlobStore(tmp_path)
    images, masks = drawn(protocol)
    case = stored(files, (images, masks))
    (info,) = viewer_data.view(files, case, protocol).volumes
    assert (info.slope, info.intercept, info.low, info.high) == (1.0, AIR, -1000.0, 400.0)
    voxels = gzip.decompress(viewer_data.view_bytes(files, case, protocol, "CT"))
    native = sitk.GetArrayFromImage(images["CT"])
    np.testing.assert_array_equal(np.frombuffer(voxels, "<u2").reshape(native.shape) + float(AIR), native)
    assert native.max() == METAL


def test_a_ct_that_is_no_hounsfield_image_keeps_its_shades(tmp_path: Path) -> None:
    protocol, files = built_in("lung-ct"), BlobStore(tmp_path)
    images, masks = drawn(protocol)
    small = sitk.GetArrayFromImage(images["CT"]).astype(np.float32) / 4096
    (info,) = viewer_data.view(files, stored(files, ({"CT": image(small)}, masks)), protocol).volumes
    assert info.slope == pytest.approx(np.ptp(small) / viewer_data.STEPS)


def test_a_window_of_its_own_is_the_1st_to_99th_percentile(tmp_path: Path) -> None:
    protocol, files = protocols()[2], BlobStore(tmp_path)
    images, masks = drawn(protocol)
    own, fixed = viewer_data.view(files, stored(files, (images, masks)), protocol).volumes
    native = sitk.GetArrayFromImage(images[own.modality])
    assert (own.low, own.high) == pytest.approx(tuple(np.percentile(native, (1, 99))))
    assert (fixed.low, fixed.high) == (0.0, 300.0)


def test_keys_name_the_protocol_and_those_of_the_prostate_stay(tmp_path: Path) -> None:
    files = BlobStore(tmp_path)
    case, brain = stored(files, small_study()), built_in("brain-glioma-mri")
    other = brain.model_copy(update={"name": "brain-two"})
    keys = [viewer_data.view_key(case, one) for one in (prostate(), brain, other)]
    assert len(set(keys)) == 3
    assert keys[0] == "ef093206706aee497f659b174970c8a666cfdcae7a524d134383bc0db1042ce6"


def test_what_a_case_lacks_is_told_with_what_there_is(tmp_path: Path) -> None:
    protocol, files = built_in("brain-glioma-mri"), BlobStore(tmp_path)
    images, masks = drawn(protocol)
    del images["T2"], images["T1"]
    case = stored(files, (images, masks))
    assert [one.modality for one in viewer_data.view(files, case, protocol).volumes] == ["T1ce", "FLAIR"]
    with pytest.raises(NotFound, match=r"This case has no T2; there is T1ce, FLAIR, tumor\."):
        viewer_data.view_bytes(files, case, protocol, "T2")


def test_a_case_opens_on_what_a_target_outlines_and_is_framed_by_what_stands_before_it() -> None:
    opens = {name: (finding_of(built_in(name)), frame_of(built_in(name))) for name in BUILT_IN}
    assert opens == {
        "prostate-mpmri": ("lesion", "gland"),
        "brain-glioma-mri": ("tumor", None),
        "lung-ct": ("nodule", None),
        "generic": (None, None),
    }
    assert (finding_of(protocols()[6]), frame_of(protocols()[6])) == ("tumor", "liver")
    only_codes = Protocol.model_validate(
        {
            "name": "organs",
            "modalities": [{"name": "CT", "required": True, "reference": True}],
            "regions": [{"name": "organs", "kind": "labels", "codes": {1: "liver", 2: "spleen"}}],
            "grid": {"spacing_mm": [1, 1, 1], "size_zyx": [16, 16, 16]},
        }
    )
    assert (finding_of(only_codes), frame_of(only_codes)) == ("organs", None)


def test_pictures_that_no_case_has_are_left_out_and_codes_have_colours_of_their_own() -> None:
    brain = display_of(built_in("brain-glioma-mri"), {"T1ce", "FLAIR", "T2", "tumor"})
    assert [one.name for one in brain.modalities] == ["T1ce", "FLAIR", "T2"]
    six = display_of(protocols()[6], protocols()[6].modality_names)
    assert [one.name for one in six.modalities] == ["ART", "PV", "DEL", "HBP", "ADC", "R2-star"]
    segments = next(one for one in six.regions if one.name == "segments")
    assert [(one.code, one.name) for one in segments.codes] == [(1, "left_lobe"), (2, "right_lobe"), (4, "caudate")]
    assert len({one.colour for one in segments.codes}) == 3
    assert {one.colour for one in (*six.regions, *segments.codes)} <= set(REGION_COLOURS)
    zones = display_of(prostate()).regions[-1]
    assert {one.colour for one in zones.codes} == {zones.colour} == {"#CC79A7"}
