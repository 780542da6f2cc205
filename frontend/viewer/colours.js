// The colours of a map: viridis, which people with any colour vision read from dark to bright.

const VIRIDIS = ["440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58", "b5de2b", "fde725"].map(
  (hex) => [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)),
);

/** Red, green, blue (0 to 255) at a share from 0 to 1 of the scale. */
function colourAt(share) {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const below = Math.min(VIRIDIS.length - 2, Math.floor(place));
  return VIRIDIS[below].map((part, i) => Math.round(part + (VIRIDIS[below + 1][i] - part) * (place - below)));
}

/** Little-endian RGBA of every stored value of a map: 0 is transparent, others are spread over `low` to `high`. */
function coloursOf({ slope, intercept, low, high }) {
  const found = new Uint32Array(65536);
  const steps = Array.from({ length: 256 }, (_, i) => colourAt(i / 255));
  for (let stored = 1; stored < found.length; stored += 1) {
    const share = high > low ? (intercept + slope * stored - low) / (high - low) : 0.5;
    const [red, green, blue] = steps[Math.round(255 * Math.min(1, Math.max(0, share)))];
    found[stored] = (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return found;
}

/** The scale from its lowest to its highest colour, as a CSS background. */
const SCALE = `linear-gradient(to right, ${VIRIDIS.map(([r, g, b]) => `rgb(${r} ${g} ${b})`).join(", ")})`;
