// Voxels of a case from the API, as `VolumeInfo` and `MaskInfo` describe them: C order (z, y, x), little-endian.

const REMEMBERED = 12; // arrays kept, so that the case before and the case after come back at once
const memory = new Map();

class Unavailable extends Error {}
/** The address was signed for a short time and that time is over. */
class Expired extends Unavailable {}

function explain(status, what) {
  if (status === 401) return "You are signed out. Reload the page to sign in again.";
  if (status === 404) return `${what} is no longer stored on the server.`;
  return `The server answered ${status} for ${what}. Try again in a moment.`;
}

/**
 * Resolves to a Uint16Array or Uint8Array of `count` voxels; rejects with a sentence for people.
 * @param {string} url
 * @param {string} etag names the content, so an array once fetched is never fetched again
 * @param {number} count voxels expected
 * @param {Uint16ArrayConstructor | Uint8ArrayConstructor} Kind
 * @param {string} what for the sentence
 * @param {AbortSignal} signal
 */
async function fetchVoxels(url, etag, count, Kind, what, signal) {
  if (memory.has(etag)) return memory.get(etag);
  const answer = await fetch(url, { credentials: "same-origin", signal });
  if (answer.status === 410) throw new Expired(`The address of ${what} has expired. Reload the page.`);
  if (!answer.ok) throw new Unavailable(explain(answer.status, what));
  const bytes = await answer.arrayBuffer();
  if (bytes.byteLength !== count * Kind.BYTES_PER_ELEMENT) {
    throw new Unavailable(`${what} arrived incomplete. Reload the page.`);
  }
  const voxels = new Kind(bytes);
  memory.set(etag, voxels);
  if (memory.size > REMEMBERED) memory.delete(memory.keys().next().value);
  return voxels;
}

/**
 * The values of `info` at the `fractions` (0..1) of its voxels, or of those inside a region.
 * @param {{voxels: Uint8Array, extent: number[][]} | null} region only its box is searched
 */
function percentiles(voxels, info, fractions, region = null) {
  const [depth, rows, columns] = info.shape_zyx;
  const box = region?.extent ?? [[0, depth - 1], [0, rows - 1], [0, columns - 1]]; // prettier-ignore
  const counts = new Uint32Array(65536);
  let total = 0;
  for (let z = box[0][0]; z <= box[0][1]; z += 1) {
    for (let y = box[1][0]; y <= box[1][1]; y += 1) {
      const start = (z * rows + y) * columns;
      for (let i = start + box[2][0]; i <= start + box[2][1]; i += 1) {
        if (region === null || region.voxels[i] > 0) {
          counts[voxels[i]] += 1;
          total += 1;
        }
      }
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
