"""The b-value and direction of an image in every tag that states them; the CSA header as nibabel reads it."""

import struct

import pytest
from pydicom import Dataset

from backend.ingest.dicom.b_value import b_value, directionality


def csa(**values):
    """A Siemens CSA image header of format 2 with one element a name."""
    content = b"SV10\4\3\2\1" + struct.pack("<II", len(values), 77)
    for name, value in values.items():
        content += struct.pack("<64si4sii", name.encode(), 1, b"CS", 0, 6) + struct.pack("<i", 77)
        for item in (value.encode(), *[b""] * 5):
            content += struct.pack("<4i", len(item), len(item), 77, len(item)) + item.ljust(
                -(-len(item) // 4) * 4, b"\0"
            )
    return content


def tags(**keywords):
    made = Dataset()
    private = {"siemens": (0x0019100C, "IS"), "siemens_dir": (0x0019100D, "CS"), "ge": (0x00431039, "IS")}
    private |= {"philips": (0x20011003, "FL"), "philips_dir": (0x20011004, "CS"), "csa": (0x00291010, "OB")}
    for name, value in keywords.items():
        if name in private:
            made.add_new(*private[name], value)
        else:
            setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("stated", "b"),
    [
        ({"DiffusionBValue": 800.0, "siemens": "50"}, 800), ({"siemens": "1400"}, 1400), ({"philips": 1000.0}, 1000),
        ({"ge": ["1000001400", "8", "0", "0"]}, 1400), ({"csa": csa(Other="3", B_value="400")}, 400),
        ({"SequenceName": "*ep_b800t"}, 800), ({"SequenceName": "ep_b1000#7"}, 1000), ({}, None),
        ({"SequenceName": "*ep_b50_800"}, None), ({"SequenceName": "*tse2d1_25"}, None), ({"csa": b"no header"}, None),
        ({"csa": csa(B_value="400")[:90]}, None),
    ],
)  # fmt: skip
def test_the_b_value(stated, b):
    assert b_value(tags(**stated)) == b


@pytest.mark.parametrize(
    ("stated", "how"),
    [
        ({"DiffusionDirectionality": "ISOTROPIC"}, "ISOTROPIC"), ({"siemens_dir": "DIRECTIONAL"}, "DIRECTIONAL"),
        ({"philips_dir": "I"}, "ISOTROPIC"), ({"philips_dir": "P"}, "DIRECTIONAL"), ({}, ""),
        ({"DiffusionGradientOrientation": [0.0, 1.0, 0.0]}, "DIRECTIONAL"),
        ({"SequenceName": "*ep_b800#3"}, "DIRECTIONAL"),
        ({"DiffusionGradientOrientation": [0.0, 0.0, 0.0]}, ""), ({"SequenceName": "*ep_b800t"}, ""),
        ({"csa": csa(DiffusionDirectionality="ISOTROPIC")}, "ISOTROPIC"),
    ],
)  # fmt: skip
def test_the_direction(stated, how):
    assert directionality(tags(**stated)) == how


@pytest.mark.filterwarnings("ignore:The DICOM readers:UserWarning")  # nibabel's own, at its import
def test_the_csa_header_is_what_nibabel_reads():
    from nibabel.nicom import csareader

    content = csa(B_value="1400", DiffusionDirectionality="DIRECTIONAL")
    read = csareader.read(content)["tags"]
    made = tags(csa=content)
    assert (b_value(made), directionality(made)) == (float(read["B_value"]["items"][0]), "DIRECTIONAL")
    assert read["DiffusionDirectionality"]["items"][0] == b"DIRECTIONAL"
