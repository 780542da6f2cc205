"""The findings about a study: a code for programs, a title and a remedy for people."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["rejected", "warning", "note"]


@dataclass(frozen=True)
class Code:
    """A kind of finding: its level, its title and its remedy."""

    level: Level
    title: str
    remedy: str


@dataclass(frozen=True)
class Finding:
    """One finding about one study."""

    code: str
    sentence: str

    @property
    def level(self) -> Level:
        """Note or warning."""
        return CODES[self.code].level


LOOK = "Look at the outlines in the case view and approve or exclude the study."
CODES: dict[str, Code] = {
    "bad_file": Code("rejected", "A file is damaged, cut short or unsafe", "Copy or export the file again."),
    "checksum": Code("rejected", "A file differs from the sender's SHA-256", "Transfer the file again."),
    "no_modality": Code("rejected", "T2, DWI or ADC is missing", "Add the image; the encoder reads all three."),
    "no_gland": Code("rejected", "There is no gland mask", "Add a gland mask."),
    "gland_empty": Code("rejected", "The gland mask is empty", "Draw or replace the gland mask."),
    "series_undecided": Code(
        "rejected", "Which DICOM series to take is undecided", "Name it with --series, or in the import form."
    ),
    "dicom_series": Code("rejected", "A DICOM series is no sound volume", "Export the series again, or name another."),
    "elsewhere": Code("rejected", "An image or mask does not overlap the T2", "Check that it belongs to this study."),
    "zones_unknown": Code("rejected", "The zones mask has an unnamed code", "Name the codes, as in 1=PZ,2=TZ."),
    "layout": Code("rejected", "The files of the study are ambiguous", "Rename or move the files as the reason says."),
    "modality_missing": Code("rejected", "A required image is missing", "Add the image that the reason names."),
    "region_missing": Code("rejected", "A required mask is missing", "Add the mask that the reason names."),
    "region_void": Code("rejected", "A required mask is empty", "Draw or replace the mask."),
    "off_reference": Code(
        "rejected", "An image or mask does not overlap the reference image", "Check that it belongs to this study."
    ),
    "other": Code("rejected", "The study could not be read", "See the reason."),
    "mask_outside_body": Code("warning", "The gland mask reaches outside the body", LOOK),
    "gland_at_edge": Code("warning", "The gland touches the first or last slice", LOOK),
    "lesion_outside_gland": Code("warning", "Part of the lesion lies outside the gland", LOOK),
    "volume_mismatch": Code("warning", "Mask and reported gland volume differ", "Check that both are of one study."),
    "zeros_in_dwi": Code("warning", "DWI is zero inside the gland", "Check the map; its features see these zeros."),
    "zeros_in_adc": Code("warning", "ADC is zero inside the gland", "Check the map; its features see these zeros."),
    "not_finite": Code(
        "warning", "Voxels that are not finite count as 0", "Check that the map failed only where nobody looks."
    ),
    "far_value": Code("warning", "A value lies far beyond all others", "Repair the voxel, or exclude the study."),
    "near_zeros": Code(
        "warning",
        "Many values lie next to zero",
        "Import the image as acquired, or let values below 1e-5 count as zero for the encoder.",
    ),
    "adc_unit_unknown": Code(
        "warning", "The unit of ADC is unknown", "Ask how the map was made, or exclude the study."
    ),
    "adc_unit_contradicted": Code(
        "warning", "The stated unit of ADC does not fit its values", "Check that the map is right."
    ),
    "spacing_outlier": Code("warning", "The voxel size is unlike the cohort's", "Check its protocol."),
    "regridded": Code("warning", "A mask lay on another grid than the T2", LOOK),
    "partial_field": Code("warning", "An image covers only part of the gland", LOOK),
    "lesion_absent": Code("warning", "There is no lesion mask", "Lesion features stay empty for it."),
    "lesion_empty": Code("warning", "The lesion mask is empty", "Lesion features stay empty for it."),
    "lesion_free_suspicious": Code(
        "warning", "PI-RADS 4 or 5, but no lesion is drawn", "Only significant cancer may be drawn; ask the readers."
    ),
    "lesion_grades": Code("warning", "The lesion mask holds grades", "Every value above 0 is taken as lesion."),
    "few_lesion_voxels": Code("warning", "The lesion is too small for texture", "Read its texture features with care."),
    "gland_missing": Code("warning", "There is no gland mask", "It can train an encoder; radiomics need a mask."),
    "target_value": Code("warning", "A clinical cell is no value of its target", "Correct the cell, or the protocol."),
    "region_absent": Code("note", "A mask is missing", "Features of this region stay empty for it."),
    "region_empty": Code("warning", "A mask is empty", "Features of this region stay empty for it."),
    "region_at_edge": Code("warning", "A region touches the first or last slice", LOOK),
    "region_volume": Code("warning", "Mask and reported volume differ", "Check that both are of one study."),
    "region_regridded": Code("warning", "A mask lay on another grid than the reference image", LOOK),
    "partial_cover": Code("warning", "An image covers only part of the reference image", LOOK),
    "few_region_voxels": Code("warning", "A region is too small for texture", "Read its texture features with care."),
    "zeros_in_region": Code(
        "warning", "An image is zero inside a region", "Check the image; its features see these zeros."
    ),
    "no_clinical_row": Code("warning", "The clinical table has no row for it", "Add the row."),
    "zones_swapped": Code("warning", "The zones seem swapped", "Check the zone codes."),
    "zones_outside_gland": Code("warning", "Part of the zones lies outside the gland", LOOK),
    "duplicate_image": Code("warning", "Two studies hold the same image", "Exclude one, or correct the files."),
    "frames_of_reference": Code("warning", "T2 and another image name different frames of reference", LOOK),
    "mask_unnamed": Code("warning", "A DICOM mask has a name that is not known", "Name it prostate, PZ, TZ or lesion."),
    "mask_passed": Code(
        "warning", "A DICOM mask was passed over beside one of the very name", "Merge them where all of them count."
    ),
    "mask_frame_unstated": Code("warning", "No tag shows that a DICOM mask shares the images' space", LOOK),
    "mask_doubtful": Code("warning", "Part of a DICOM mask may be missing or not as drawn", LOOK),
    "mask_unused": Code("warning", "A DICOM mask was not used beside a file", "Keep the one that counts."),
    "gap_contradicted": Code("warning", "A stated distance of slices is not that of their positions", LOOK),
    "lossy": Code("warning", "An image was compressed with loss", "Ask for the images before compression."),
    "padded": Code("note", "Padded voxels hold no measured value", "Check that no padding lies in a region."),
    "mask_no_region": Code(
        "warning", "A DICOM mask has a name of no region", "Name it as a region of the protocol, or add an alias."
    ),
    "mask_left_out": Code(
        "warning", "A DICOM mask that the study need not have cannot be used", "Features of its region stay empty."
    ),
    "frames_apart": Code("warning", "Two images name different frames of reference", LOOK),
    "unverifiable": Code("note", "Damage inside the voxels could not be ruled out", "Ask the sender for SHA-256 sums."),
    "series_left_out": Code(
        "warning", "A modality was left out, as several series fit it", "Name one with --series, or in the import form."
    ),
    "series_chosen": Code("note", "A series or file was chosen among several", "Check it, or name another."),
    "masks_of_dicom": Code("note", "Masks were read from DICOM objects", "Check that they are the right ones."),
    "objects_unused": Code("note", "DICOM objects that are neither images nor masks", "Nothing, if none was needed."),
    "b_values_mixed": Code("note", "A DICOM series holds several b-values", "The highest was taken."),
    "adc_unit": Code("note", "ADC was converted to 1e-6 mm2/s", "Check that the median is that of the others."),
    "volumes_averaged": Code("note", "An image is the mean of several volumes", "Check that they are of one kind."),
    "uids_replaced": Code("note", "UIDs of the DICOM study were replaced or removed", "Check that it is one exam."),
    "padding": Code("note", "Padded voxels count as 0", "Check that no padding lies in the gland."),
    "straightened": Code("note", "Axes slightly off a right angle were straightened", "Check the image's header."),
    "gland_from_zones": Code("note", "The gland is the union of the zones", "Add a gland mask to replace it."),
}
OF_ANY_ORGAN = {"padding": "padded", "mask_unnamed": "mask_no_region", "frames_of_reference": "frames_apart"}
"""Codes whose words are the prostate's -> those of every protocol."""


def of_any_organ(finding: Finding) -> Finding:
    """The finding under a code whose title and remedy name no organ."""
    return Finding(OF_ANY_ORGAN.get(finding.code, finding.code), finding.sentence)
