// Windows: the lowest and highest value between which a pane goes from black to white.

const HEADROOM = 0.25; // of a region's range, so that its brightest tissue is not white

/** Windows that readers know by name, for images in a unit of physics: [unit, name, lowest, highest]. */
const NAMED = [
  ["10\u207b\u2076 mm\u00b2/s", "0\u20132\u2009000", 0, 2000],
  ["HU", "soft tissue", -160, 240],
  ["HU", "lung", -1350, 150],
  ["HU", "bone", -500, 1300],
  ["HU", "brain", 0, 80],
]; // prettier-ignore

/**
 * What the contrast box offers for a case: [value, label].
 * @param {object[]} volumes `VolumeInfo` of every image
 * @param {string | null} fitted the region that a window can be fitted to
 * @param {object[]} modalities those of the display, with the protocol's windows
 */
function contrastsOf(volumes, fitted, modalities) {
  const windowed = modalities.some(({ window }) => window !== null);
  const choices = windowed ? [["auto", "Protocol's window"]] : [];
  if (fitted !== null) choices.push(["region", capital(spoken(fitted))]);
  choices.push(windowed ? ["image", "Whole image"] : ["auto", "Whole image"], ["full", "Full range"]);
  NAMED.forEach(([unit, name], i) => {
    const names = volumes.filter((volume) => volume.unit === unit).map(({ modality }) => modality);
    if (names.length > 0) choices.push([`named-${i}`, `${listed(names)} ${name}`]);
  });
  return choices;
}

/**
 * The window of a preset.
 * @param {string} name region, auto (the server's), image (1st to 99th percentile), full, or a named one
 * @param {Pane} pane
 * @param {{voxels: Uint8Array, extent: number[][]} | null} region
 * @returns {[number, number]}
 */
function contrastOf(name, { info, voxels }, region) {
  let limits = [info.low, info.high];
  if (name === "full") limits = percentiles(voxels, info, [0, 1]);
  if (name === "image") limits = percentiles(voxels, info, [0.01, 0.99]);
  if (name === "region" && region !== null) {
    const [low, high] = percentiles(voxels, info, [0.01, 0.995], region);
    limits = [low, high + HEADROOM * (high - low)];
  }
  const [unit, , ...named] = NAMED[name.startsWith("named-") ? Number(name.slice(6)) : -1] ?? [];
  if (unit === info.unit) limits = named;
  return limits[1] > limits[0] ? limits : [limits[0], limits[0] + Math.abs(info.slope)];
}

/** The window after a drag of (dx, dy) pixels: sideways its width, up and down its level. */
function dragged({ info, window: [low, high], canvas }, dx, dy) {
  const reach = (info.high - info.low || 1) / canvas.clientWidth;
  const width = Math.max(Math.abs(info.slope), high - low + dx * reach * 2);
  const level = (low + high) / 2 + dy * reach * 1.5;
  return [level - width / 2, level + width / 2];
}
