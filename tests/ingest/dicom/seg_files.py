"""DICOM masks as others write them: segmentations by highdicom, structure sets by plain pydicom."""

import warnings

import highdicom as hd
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian

from backend.errors import Refusal
from backend.ingest.dicom.read_study import read_study
from tests.ingest.files import write_series

SPACE = "1.2.826.77"
T2 = ["ORIGINAL", "PRIMARY", "M"]
ADC = ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]
SHAPE = (9, 22, 24)
TRACE = ["DERIVED", "PRIMARY", "DIFFUSION", "TRACEW"]


def write_images(folder, **changes):
    """T2, ADC and DWI series in one frame of reference; the T2's files from the foot up."""
    tags = {"FrameOfReferenceUID": SPACE, "PatientBirthDate": "", "PatientSex": "", "AccessionNumber": ""}
    tags |= {"StudyID": "", "StudyDate": "", "StudyTime": "", "ReferringPhysicianName": "", **changes}
    write_series(folder / "7", 7, "ep2d_diff_ADC", ADC, 800, **tags)
    write_series(folder / "8", 8, "ep2d_diff_CALC_BVAL", TRACE, 1400, **tags)
    return write_series(folder / "4", 4, "t2_tse_tra", T2, **tags)[::-1]


def sources(files):
    """The slices as data sets, from the foot up as the voxels of a volume lie."""
    return [pydicom.dcmread(file) for file in files]


def segment(number, label, code=codes.SCT.Organ):
    """The description of a segment."""
    kind = hd.seg.SegmentAlgorithmTypeValues.MANUAL
    return hd.seg.SegmentDescription(number, label, codes.SCT.Organ, code, kind)


def write_seg(path, files, pixels, labels, kind="BINARY", change=None, **options):
    """A segmentation by highdicom; `pixels` (D, H, W, segments) or label map; `change(ds)` edits it."""
    described = [each if not isinstance(each, str) else segment(n, each) for n, each in enumerate(labels, start=1)]
    about = {"series_instance_uid": hd.UID(), "series_number": 99, "sop_instance_uid": hd.UID(), "instance_number": 1}
    about |= {"manufacturer": "m", "manufacturer_model_name": "m", "software_versions": "1"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = hd.seg.Segmentation(
            sources(files),
            pixels,
            hd.seg.SegmentationTypeValues[kind],
            described,
            **about,
            device_serial_number="1",
            **options,
        )
    if change:
        change(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save_as(path)


def write_rtstruct(path, rois, space=SPACE):
    """A structure set; `rois`: name -> contours, each a list of points in mm, or (type, points)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID = hd.UID(), ExplicitVRLittleEndian
    made = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    made.Modality, made.SeriesInstanceUID, made.StudyInstanceUID = "RTSTRUCT", hd.UID(), "1.2.3.4"
    made.StructureSetROISequence, made.ROIContourSequence = Sequence(), Sequence()
    for number, (name, contours) in enumerate(rois.items(), start=1):
        named, drawn = Dataset(), Dataset()
        named.ROINumber, named.ROIName, named.ReferencedFrameOfReferenceUID = number, name, space
        drawn.ReferencedROINumber, drawn.ContourSequence = number, Sequence()
        for contour in contours:
            kind, points = contour if isinstance(contour, tuple) else ("CLOSED_PLANAR", contour)
            item = Dataset()
            item.ContourGeometricType, item.NumberOfContourPoints = kind, len(points)
            item.ContourData = [f"{mm:.4f}" for mm in np.ravel(points)]
            drawn.ContourSequence.append(item)
        made.StructureSetROISequence.append(named)
        made.ROIContourSequence.append(drawn)
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save_as(path, enforce_file_format=True)


def without(keyword):
    """A change that takes a tag away."""
    return lambda ds: delattr(ds, keyword)


def blob(seed=0, low=2, high=7):
    """A mask with holes and ragged edges in some of the slices."""
    mask = np.zeros(SHAPE, bool)
    mask[low:high, 4:18, 5:20] = np.random.default_rng(seed).random((high - low, 14, 15)) < 0.8
    return mask


def drawn(folder, roi="gland"):
    """What a study's DICOM objects draw: voxels, or the sentence of the refusal."""
    found = read_study(folder).volumes["drawn " + roi]
    return found.sentence if isinstance(found, Refusal) else found.voxels
