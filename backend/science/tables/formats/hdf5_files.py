"""HDF5: datasets as columns, one dataset or group a study, and AnnData (.h5ad). Links out are never followed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import BadFile, BadTable
from backend.science.tables.formats.columns import Columns, Plan, Unused, check_size
from backend.science.tables.formats.named_arrays import columns_of, row_a_study

MOST_ITEMS = 200_000
ALONE = ("features", "feature", "embedding", "embeddings", "feat", "emb", "x")


def read_hdf5(path: Path, plan: Plan) -> Columns:
    """Read `.h5`, `.hdf5` or `.h5ad`. Raises BadFile for links out of the file, BadTable for what is no table."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            if len(file) > MOST_ITEMS:
                raise BadFile(f"{path.name}: the file has more than {MOST_ITEMS:,} datasets; split it.")
            if path.suffix.lower() == ".h5ad" or {"X", "obs"} <= set(file):
                return _anndata(file, path.name, plan)
            return _plain(file, path.name, plan)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise BadFile(f"{path.name}: the file is no readable HDF5 file; save it again.") from error


def _plain(file: Any, name: str, plan: Plan) -> Columns:
    import h5py

    items = {key: _inside(file, key, name) for key in file}
    groups = {key: item for key, item in items.items() if isinstance(item, h5py.Group)}
    if groups and len(groups) < len(items):
        first, beside = next(iter(groups)), next(key for key in items if key not in groups)
        raise BadTable(
            f"{name}: the file holds the group {first[:80]!r} beside the dataset {beside[:80]!r}; store arrays in its "
            "root, or one group a study."
        )
    arrays = {key: _alone(group, key, name) for key, group in groups.items()}
    arrays = arrays or {key: _array(dataset, key, name) for key, dataset in items.items()}
    found = row_a_study(name, arrays, plan)
    if groups and found is None:
        raise BadTable(
            f"{name}: the groups are no studies with one vector of the same length each; store a dataset `features` of "
            "one length in each group, or arrays in the root."
        )
    return found or columns_of(name, arrays, plan)


def _alone(group: Any, key: str, name: str) -> NDArray[Any]:
    """The one vector of a study's group, by name where the group holds more than one dataset."""
    if "pandas_type" in group.attrs:
        raise BadTable(f"{name}: the file was written by pandas' to_hdf; write the table with to_parquet instead.")
    names = list(group)
    chosen = names if len(names) == 1 else [word for word in names if word.lower() in ALONE]
    if len(chosen) != 1:
        raise BadTable(
            f"{name}: the group {key[:80]!r} holds {len(names)} datasets, and not one of them alone is called features "
            "or embedding; keep one vector a study."
        )
    return _array(_inside(group, chosen[0], name), f"{key}/{chosen[0]}", name)


def _inside(parent: Any, key: str, name: str) -> Any:
    import h5py

    if not isinstance(parent.get(key, getlink=True), h5py.HardLink):
        raise BadFile(f"{name}: {key[:80]!r} is no plain dataset; store arrays directly in the file, not as links.")
    return parent[key]


def _array(dataset: Any, key: str, name: str) -> NDArray[Any]:
    import h5py

    if not isinstance(dataset, h5py.Dataset) or dataset.is_virtual or dataset.external:
        raise BadFile(f"{name}: {key[:80]!r} is no plain dataset; store arrays directly in the file's root.")
    check_size(dataset.size or 0, name)
    text = h5py.check_string_dtype(dataset.dtype)
    found = np.asarray(dataset.asstr()[()] if text else dataset[()], dtype=object if text else None)
    _check_stored_as_meant(dataset.attrs, found, key, name)
    return found


def _check_stored_as_meant(attrs: Any, found: NDArray[Any], key: str, name: str) -> None:
    """Refuses (BadTable) values on a scale, or in the place of missing ones, as the conventions of netCDF name them."""
    for word, plain in (("scale_factor", 1), ("add_offset", 0)):
        if word in attrs and np.any(np.asarray(attrs[word]) != plain):
            raise BadTable(f"{name}: {key[:80]!r} is stored on a scale ({word}); save its values themselves.")
    for word in ("_FillValue", "missing_value"):
        if word in attrs and found.dtype.kind in "iuf" and np.isin(found, attrs[word]).any():
            raise BadTable(
                f"{name}: {key[:80]!r} marks missing values by {np.ravel(attrs[word])[0]:g} ({word}); save them as NaN."
            )


def _anndata(file: Any, name: str, plan: Plan) -> Columns:
    """X with the columns of obs; layers, obsm and the like are listed as not used."""
    import h5py

    X = _inside(file, "X", name) if "X" in file else None
    if not isinstance(X, h5py.Dataset):
        raise BadTable(
            f"{name}: X is absent or stored sparse; store the embeddings as a dense matrix X (studies, dimensions)."
        )
    arrays = {
        "X": _array(X, "X", name),
        **(dict(_observations(_inside(file, "obs", name), name)) if "obs" in file else {}),
    }
    columns = columns_of(name, arrays, plan)
    left = [key for key in file if key not in ("X", "obs", "var") and len(file[key])]
    columns.unused += [Unused(key, "only X and obs of AnnData are read") for key in left]
    return columns


def _observations(obs: Any, name: str) -> Iterator[tuple[str, NDArray[Any]]]:
    """The columns of obs; its index counts as the study id where no column is one."""
    import h5py

    if not isinstance(obs, h5py.Group):
        raise BadTable(f"{name}: obs is stored in the way of AnnData before 0.7; write the file with a newer AnnData.")
    index = obs.attrs.get("_index", "_index")
    for key in obs:
        item = _inside(obs, key, name)
        if isinstance(item, h5py.Group):  # categorical
            codes, categories = (_array(_inside(item, part, name), part, name) for part in ("codes", "categories"))
            cells = [None if code < 0 else categories[code] for code in codes.tolist()]
            yield key, np.array(cells, dtype=object)
        else:
            yield "obs_names" if key == index else key, _array(item, key, name)
