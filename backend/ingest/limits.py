"""Limits of what an import reads, against files that would fill the memory or the time of the server."""

MAX_IMAGE_BYTES = 512 * 2**20
"""Bytes of one image, and of one DICOM slice: twice 30 diffusion volumes of 256 x 256 x 30 float32 voxels."""
MAX_HEADER_BYTES = 64 * 1024
"""Bytes of a text header (NRRD, MetaImage): real ones have a few hundred, with copied DICOM fields a few thousand."""
MAX_TABLE_BYTES = 64 * 2**20
"""Bytes of a clinical table or a manifest: a million rows of 60 characters."""
MAX_DESCRIPTION_BYTES = 16 * 2**20
"""Bytes of a dataset.json, which lists every study."""
MAX_SIDE_FILE_BYTES = 2**20
"""Bytes of a small file beside an image (.bval, .tsv)."""
MAX_CHECKSUM_LIST_BYTES = 256 * 2**20
"""Bytes of a list of SHA-256 sums: two million lines, `MAX_FOLDER_ENTRIES` of 130 characters."""
MAX_FOLDER_ENTRIES = 2_000_000
"""Files below a folder that is imported: ten thousand DICOM studies of 200 slices."""
MAX_STUDY_FILES = 20_000
"""Files below the folder of one DICOM study: real ones have some hundred to some thousand."""
