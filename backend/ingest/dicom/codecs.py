"""Which ways of packing pixels are read, by transfer syntax; the others are refused by name.

Packing with loss by the JPEG of photographs is not read: decoders differ in the values that they give back.
Source: DICOM PS3.6, annex A.
"""

NATIVE = frozenset(("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.98"))
RLE = "1.2.840.10008.1.2.5"
JPEG_2000 = ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")
READ = {
    "1.2.840.10008.1.2.4.57": "JPEG lossless",
    "1.2.840.10008.1.2.4.70": "JPEG lossless",
    "1.2.840.10008.1.2.4.80": "JPEG-LS",
    "1.2.840.10008.1.2.4.81": "JPEG-LS near-lossless",
    JPEG_2000[0]: "JPEG 2000",
    JPEG_2000[1]: "JPEG 2000",
    RLE: "RLE",
}
NEAR_LOSSLESS = "1.2.840.10008.1.2.4.81"
NOT_READ = {
    "50": "JPEG baseline, which loses values",
    "51": "JPEG extended, which loses values",
    **{str(number): "MPEG video" for number in range(100, 109)},
    **dict.fromkeys(("94", "95"), "JPIP, which keeps the pixels elsewhere"),
    **dict.fromkeys(("110", "111", "112"), "JPEG XL"),
    **dict.fromkeys(("201", "202", "203"), "High-Throughput JPEG 2000"),
}
JPEG_FAMILY = "1.2.840.10008.1.2.4."


def codec_problem(syntax: str) -> str:
    """Why pixels in this transfer syntax are not read, or nothing."""
    if syntax in NATIVE or syntax in READ:
        return ""
    known = NOT_READ.get(syntax.removeprefix(JPEG_FAMILY)) if syntax.startswith(JPEG_FAMILY) else None
    shown = "".join(c for c in syntax if c in "0123456789.")[:64]
    what = known or "a codec that is not known here"
    return f"is packed with {what} (transfer syntax {shown}), which is not read; export it uncompressed"


def plugin(syntax: str) -> str:
    """The one decoder of pydicom that unpacks this syntax, so that the same file gives the same values everywhere."""
    return "pydicom" if syntax == RLE else "gdcm"
