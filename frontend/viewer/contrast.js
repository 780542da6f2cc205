// Windows: the lowest and highest value between which a pane goes from black to white.

const HEADROOM = 0.25; // of the gland's range, so that its brightest tissue is not white

/**
 * The window of a preset.
 * @param {string} name gland, auto (1st to 99th percentile), full, or adc (0 to 2000, for ADC alone)
 * @param {Pane} pane
 * @param {{voxels: Uint8Array, extent: number[][]} | null} gland
 * @returns {[number, number]}
 */
function contrastOf(name, { info, voxels, modality }, gland) {
  let limits = [info.low, info.high];
  if (name === "full") limits = percentiles(voxels, info, [0, 1]);
  if (name === "gland" && gland !== null) {
    const [low, high] = percentiles(voxels, info, [0.01, 0.995], gland);
    limits = [low, high + HEADROOM * (high - low)];
  }
  if (name === "adc" && modality === "ADC") limits = [0, 2000];
  return limits[1] > limits[0] ? limits : [limits[0], limits[0] + Math.abs(info.slope)];
}

/** The window after a drag of (dx, dy) pixels: sideways its width, up and down its level. */
function dragged({ info, window: [low, high], canvas }, dx, dy) {
  const reach = (info.high - info.low || 1) / canvas.clientWidth;
  const width = Math.max(Math.abs(info.slope), high - low + dx * reach * 2);
  const level = (low + high) / 2 + dy * reach * 1.5;
  return [level - width / 2, level + width / 2];
}
