// Voxels of a case from the API, as `VolumeInfo` and `MaskInfo` describe them: C order (z, y, x), little-endian.

const REMEMBERED = 12; // arrays kept, so that the case before and the case after come back at once
const memory = new Map();

class Unavailable extends Error {}

function explain(status, what) {
  if (status === 401) return "You are signed out. Reload the page to sign in again.";
  if (status === 404) return `${what} is no longer stored on the server.`;
  return `The server answered ${status} for ${what}. Try again in a moment.`;
}

// Resolves to a Uint16Array or Uint8Array of `count` voxels; rejects with a sentence for people.
async function fetchVoxels(url, etag, count, Kind, what, signal) {
  const key = `${url} ${etag}`;
  if (memory.has(key)) return memory.get(key);
  const answer = await fetch(url, { credentials: "same-origin", signal });
  if (!answer.ok) throw new Unavailable(explain(answer.status, what));
  const bytes = await answer.arrayBuffer();
  if (bytes.byteLength !== count * Kind.BYTES_PER_ELEMENT) {
    throw new Unavailable(`${what} arrived incomplete. Reload the page.`);
  }
  const voxels = new Kind(bytes);
  memory.set(key, voxels);
  if (memory.size > REMEMBERED) memory.delete(memory.keys().next().value);
  return voxels;
}

// The values of `info` at the `fractions` (0..1) of its voxels, or of those inside `mask`.
function percentiles(voxels, info, fractions, mask = null) {
  const counts = new Uint32Array(65536);
  let total = 0;
  for (let i = 0; i < voxels.length; i += 1) {
    if (mask === null || mask[i] > 0) {
      counts[voxels[i]] += 1;
      total += 1;
    }
  }
  return fractions.map((fraction) => {
    let seen = 0;
    for (let stored = 0; stored < counts.length; stored += 1) {
      seen += counts[stored];
      if (seen > 0 && seen >= fraction * total) return info.intercept + info.slope * stored;
    }
    return info.intercept;
  });
}

// The box of a mask in mm from the centre of voxel (0, 0): { x, y, width, height }, or null where it is empty.
function boxOf(mask, [depth, rows, columns], [, rowMm, columnMm]) {
  let [left, right, top, bottom] = [columns, -1, rows, -1];
  for (let z = 0, i = 0; z < depth; z += 1) {
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < columns; x += 1, i += 1) {
        if (mask[i] === 0) continue;
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
      }
    }
  }
  if (right < 0) return null;
  return {
    x: ((left + right) / 2) * columnMm,
    y: ((top + bottom) / 2) * rowMm,
    width: (right - left + 1) * columnMm,
    height: (bottom - top + 1) * rowMm,
  };
}
