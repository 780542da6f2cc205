"""Rules of an organ are functions that a protocol names; general ones speak about all other regions by their names."""

from pathlib import Path

import pytest
import SimpleITK as sitk

from backend.ingest.checks.organ_rules import RULES
from backend.ingest.layouts.detect import plan
from backend.ingest.reading import Accepted, Reading
from backend.ingest.study import read_or_reject
from shared.protocols.reader import prostate, read_protocol
from shared.schemas.protocol import NEEDED_BY_RULE
from tests.ingest.files import box, volume

TEXT = """
name: mine
modalities:
  - {{name: T2, required: true, reference: true}}
  - {{name: DWI, required: true}}
  - {{name: ADC, required: true}}
regions:
  - {{name: gland}}
  - {{name: lesion, volume_column: size}}
grid: {{spacing_mm: [1, 1, 1.5], size_zyx: [64, 64, 64]}}
intensity: {{DWI: z-score nonzero, ADC: z-score nonzero}}
quality: [{rules}]
"""


def study(folder: Path, rules: str) -> Accepted:
    """A gland that reaches both ends, a lesion outside it, an ADC map in 1e-3 mm2/s with zeros."""
    like = volume()
    adc = sitk.Cast(volume(seed=3), sitk.sitkFloat32) / 500 + 0.5
    adc[5:9, 6:8, 4:6] = 0.0
    images = {"T2": like, "DWI": volume(seed=2), "ADC": adc}
    masks = {"gland": box((4, 4, 0), (20, 18, 9)), "lesion": box((1, 1, 3), (3, 3, 4))}
    for name, image in {**images, **masks}.items():
        sitk.WriteImage(image, str(folder / f"{name}.nrrd"))
    columns = [*images, *masks]
    cells = ",".join(f"{name}.nrrd" for name in columns)
    (folder / "manifest.csv").write_text(f"study_id,{','.join(columns)},pirads,size\nP,{cells},4,7\n", "utf-8")
    protocol = read_protocol(TEXT.format(rules=rules), "mine.yaml")
    (case,) = plan(folder, "auto", protocol).cases
    found = read_or_reject(case, Reading(None, (1.0, 1.0, 1.5), [folder], masks_expected=True, protocol=protocol))
    assert isinstance(found, Accepted), found
    return found


def codes(found: Accepted) -> list[str]:
    return [each.code for each in found.findings if each.code not in ("unverifiable",)]


def test_without_rules_of_an_organ_the_general_ones_speak(tmp_path: Path) -> None:
    found = study(tmp_path, "")
    assert codes(found)[:2] == ["region_at_edge", "zeros_in_region"]
    sentences = {each.code: each.sentence for each in found.findings}
    assert sentences["region_at_edge"].startswith("The gland reaches the first and last slice")
    assert sentences["region_volume"] == "The lesion mask measures 0.0 mL where the clinical table says 7 mL."
    assert "lesion_outside_gland" not in codes(found)
    assert sitk.GetArrayFromImage(found.acquired.images["ADC"]).max() < 3


def test_the_rules_of_the_prostate_speak_where_a_protocol_names_them(tmp_path: Path) -> None:
    found = study(tmp_path, "gland, lesion, zeros_in_gland, adc_unit")
    assert codes(found) == [
        *("gland_at_edge", "lesion_outside_gland", "few_lesion_voxels", "few_lesion_voxels", "few_lesion_voxels"),
        *("zeros_in_adc", "adc_unit"),
    ]
    assert sitk.GetArrayFromImage(found.acquired.images["ADC"]).max() > 1000


def test_the_regions_of_a_rule_are_its_own(tmp_path: Path) -> None:
    found = study(tmp_path, "lesion")
    assert "region_at_edge" in codes(found)
    assert "lesion_outside_gland" in codes(found)
    assert "region_volume" not in codes(found)


@pytest.mark.parametrize("rule", sorted(NEEDED_BY_RULE))
def test_every_rule_that_a_protocol_may_name_has_a_function(rule: str) -> None:
    assert rule in RULES or rule == "adc_unit"
    assert rule in prostate().quality
