import numpy as np
import pytest
from safetensors.numpy import save_file

from backend.errors import BadFile
from backend.science.trust.erasure.linear_head import read_head

W, B = np.arange(12.0).reshape(3, 4) / 7, np.array([1.0, 2.0, 3.0])


def write(path, **arrays):
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        save_file(arrays, path)
    return path


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_weights_and_bias_under_any_name(tmp_path, suffix):
    head = read_head(write(tmp_path / f"head{suffix}", **{"fc.weight": W, "fc.bias": B}))
    np.testing.assert_array_equal(head.weights, W)
    np.testing.assert_array_equal(head.bias, B)
    x = np.random.default_rng(0).normal(size=(5, 4))
    np.testing.assert_allclose(head.outputs(x), np.array([[W[c] @ row + B[c] for c in range(3)] for row in x]))
    assert not read_head(write(tmp_path / f"plain{suffix}", w=W.astype(np.float32))).bias.any()


def test_csv(tmp_path):
    rows = ["bias,e0,e1,e2,e3", *(",".join(map(repr, [b, *w])) for b, w in zip(B.tolist(), W.tolist(), strict=True))]
    path = tmp_path / "head.csv"
    path.write_text("\n".join(rows))
    head = read_head(path)
    np.testing.assert_array_equal(head.weights, W)
    np.testing.assert_array_equal(head.bias, B)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"a": W, "b": W}, "one matrix"),
        ({"b": B}, "one matrix"),
        ({"a": W, "b": B, "c": B}, "one matrix"),
        ({"a": W, "b": B[:2]}, "do not fit"),
        ({"a": np.where(W > 1, np.nan, W)}, "missing or infinite"),
        ({"a": W[None]}, "no matrix or vector"),
        ({"a": np.array(["x", "y"])}, "no matrix or vector"),
    ],
)
def test_files_without_a_linear_head_are_refused(tmp_path, arrays, sentence):
    with pytest.raises(BadFile, match=sentence):
        read_head(write(tmp_path / "head.npz", **arrays))


@pytest.mark.parametrize("name", ["head.npz", "head.safetensors", "head.csv", "head.pt", "none.npz"])
def test_damaged_and_other_files_are_refused(tmp_path, name):
    path = tmp_path / name
    if name != "none.npz":
        path.write_bytes(b"PK\x03\x04 no such thing \xff")
    with pytest.raises(BadFile, match=name):
        read_head(path)


def test_no_code_of_a_pickle_runs(tmp_path):
    np.savez(tmp_path / "head.npz", w=np.array([object()], dtype=object))
    with pytest.raises(BadFile, match="no readable NPZ"):
        read_head(tmp_path / "head.npz")


def test_a_csv_without_a_bias_column_is_refused(tmp_path):
    (tmp_path / "head.csv").write_text("e0,e1\n1,2\n")
    with pytest.raises(BadFile, match="column `bias`"):
        read_head(tmp_path / "head.csv")
