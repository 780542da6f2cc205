"""Files of whole arrays: NPZ, NPY and PyTorch tensors. Pickled objects are never loaded."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadFile, BadTable
from backend.science.tables.formats.columns import MAX_VALUES, Columns, Plan, check_size
from backend.science.tables.formats.named_arrays import columns_of, row_a_study

ONE = "array"
"""What the one array of a file without names is called."""


def read_npz(path: Path, plan: Plan) -> Columns:
    """Arrays by name. Raises BadFile for a damaged file and for Python objects."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_size(sum(member.file_size for member in archive.infolist()) // 8, path.name)
        with np.load(path, allow_pickle=False) as arrays:
            named = {name: arrays[name] for name in arrays.files}
    except ValueError as error:
        raise _value_error(path.name, error) from None
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, RuntimeError) as error:
        raise BadFile(f"{path.name}: the file is no readable NPZ file; save it again.") from error
    return columns_of(path.name, named, plan)


def read_npy(path: Path, plan: Plan) -> Columns:
    """One array, a row a study; its ids come from `--id-file`."""
    try:
        array = np.load(path, allow_pickle=False, mmap_mode="r")
        check_size(array.size, path.name)
        return columns_of(path.name, {ONE: np.array(array)}, plan)
    except ValueError as error:
        raise _value_error(path.name, error) from None
    except (OSError, EOFError) as error:
        raise BadFile(f"{path.name}: the file is no readable NPY file; save it again.") from error


def _value_error(file: str, error: ValueError) -> BadFile:
    text = str(error).lower()
    if "allow_pickle" in text or "object array" in text or "pickle" in text:
        return BadFile(
            f"{file}: an array is stored as Python objects, which are never loaded; save ids as text arrays "
            "(dtype str)."
        )
    return BadFile(f"{file}: an array of the file is damaged; save it again.")


def read_torch(path: Path, plan: Plan) -> Columns:
    """A tensor, tensors by name, or a tensor a study; read with `weights_only`, so no code of the file runs."""
    import pickle

    import torch

    if path.stat().st_size > 8 * MAX_VALUES:
        raise BadFile(f"{path.name}: the file has more than {8 * MAX_VALUES:,} bytes; split or reduce it.")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise BadFile(
            f"{path.name}: the file holds Python objects beside tensors, lists and words, which are never loaded; save "
            "a dictionary of tensors and lists of ids with torch.save."
        ) from None
    except Exception as error:  # torch raises many types on damaged bytes
        raise BadFile(
            f"{path.name}: PyTorch cannot read the file ({type(error).__name__}); save it again with torch.save."
        ) from error
    if isinstance(content, torch.Tensor):
        return columns_of(path.name, {ONE: _array(content, ONE, path.name)}, plan)
    if not isinstance(content, Mapping) or not all(isinstance(name, str) for name in content):
        raise BadTable(
            f"{path.name}: the file holds {type(content).__name__}; save a tensor, or a dictionary of tensors by name "
            "or by study id."
        )
    arrays = {name: _array(value, name, path.name) for name, value in content.items()}
    return row_a_study(path.name, arrays, plan) or columns_of(path.name, arrays, plan)


def _array(value: Any, name: str, file: str) -> NDArray[Any]:
    import torch

    if isinstance(value, torch.Tensor):
        if value.is_complex() or value.is_quantized or value.is_meta:
            kind = "complex numbers" if value.is_complex() else "no values" if value.is_meta else "quantised numbers"
            raise BadTable(f"{file}: {name[:80]!r} holds {kind}; save plain real numbers (float32).")
        kept = value.detach().to_dense()
        return np.asarray(kept.double().numpy())
    if isinstance(value, list | tuple) and all(isinstance(cell, str) for cell in value):
        return np.array(value, dtype=object)
    if isinstance(value, list | tuple) and all(isinstance(cell, int | float) for cell in value):
        return np.array(value)
    return np.array(str(type(value).__name__), dtype=object)  # 0-D: listed as not used
