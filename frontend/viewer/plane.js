// The three ways through a volume whose axes run to the head (z), to posterior (y) and to the patient's left (x).

/**
 * @typedef {object} Plane
 * @property {[number, number, number]} axes which of z, y, x (0, 1, 2) runs through slices, down rows, along columns
 * @property {boolean} up whether rows run against their axis, so that the head is on top
 */

/** @type {Record<string, Plane>} */
const PLANES = {
  axial: { axes: [0, 1, 2], up: false },
  coronal: { axes: [1, 0, 2], up: true },
  sagittal: { axes: [2, 0, 1], up: true },
};

/** A volume's grid seen in one plane: slices k, and positions in mm from the centre of a slice's first voxel. */
class Section {
  /**
   * @param {string} name axial, coronal or sagittal
   * @param {number[]} shape voxels along z, y, x
   * @param {number[]} spacing mm along z, y, x
   */
  constructor(name, shape, spacing) {
    this.name = name;
    this.shape = shape;
    this.plane = PLANES[name];
    const [through, down, along] = this.plane.axes;
    this.through = through;
    [this.depth, this.rows, this.columns] = [shape[through], shape[down], shape[along]];
    [this.stepMm, this.rowMm, this.columnMm] = [spacing[through], spacing[down], spacing[along]];
  }

  /** The whole slice as a square field of view: its middle and side in mm. */
  get whole() {
    const [width, height] = [this.columns * this.columnMm, this.rows * this.rowMm];
    return { x: (width - this.columnMm) / 2, y: (height - this.rowMm) / 2, field: Math.max(width, height) };
  }

  /** Slice k of a volume, rows x columns. */
  cut(voxels, k) {
    const { rows, columns } = this;
    if (this.through === 0) return voxels.subarray(k * rows * columns, (k + 1) * rows * columns);
    const strides = [this.shape[1] * this.shape[2], this.shape[2], 1];
    const [through, down, along] = this.plane.axes;
    const slice = new voxels.constructor(rows * columns);
    for (let row = 0, i = 0; row < rows; row += 1) {
      const start = k * strides[through] + (this.plane.up ? rows - 1 - row : row) * strides[down];
      for (let column = 0; column < columns; column += 1, i += 1) slice[i] = voxels[start + column * strides[along]];
    }
    return slice;
  }

  /** Row and column nearest to a position, or null outside of the slice. */
  pixel({ x, y }) {
    const [row, column] = [Math.round(y / this.rowMm), Math.round(x / this.columnMm)];
    return row < 0 || column < 0 || row >= this.rows || column >= this.columns ? null : [row, column];
  }

  /** The voxel [z, y, x] (not rounded) at a position in slice k. */
  voxel({ x, y }, k) {
    const [through, down, along] = this.plane.axes;
    const row = y / this.rowMm;
    const found = [0, 0, 0];
    found[through] = k;
    found[down] = this.plane.up ? this.rows - 1 - row : row;
    found[along] = x / this.columnMm;
    return found;
  }

  /** The position of a voxel [z, y, x] in its slice. */
  place(voxel) {
    const [, down, along] = this.plane.axes;
    const row = this.plane.up ? this.rows - 1 - voxel[down] : voxel[down];
    return { x: voxel[along] * this.columnMm, y: row * this.rowMm };
  }

  /** The letters at the edges of a slice; those of the axial plane are the server's. */
  letters({ left, right, top, bottom }) {
    if (this.name === "axial") return { left, right, top, bottom };
    if (this.name === "coronal") return { left, right, top: "S", bottom: "I" };
    return { left: top, right: bottom, top: "S", bottom: "I" };
  }
}

/**
 * Where a mask has voxels: the box [[first, last] along z, y, x], or null where it is empty.
 *
 * Four voxels are looked at once, because nearly all of them are 0.
 */
function extentOf(mask, [depth, rows, columns]) {
  const box = [[depth, -1], [rows, -1], [columns, -1]]; // prettier-ignore
  const reach = (axis, at) => {
    if (at < box[axis][0]) box[axis][0] = at;
    if (at > box[axis][1]) box[axis][1] = at;
  };
  const fours = new Uint32Array(mask.buffer, mask.byteOffset, mask.length >> 2);
  for (let four = 0; four <= fours.length; four += 1) {
    if (fours[four] === 0) continue; // the one behind the last is the rest of fewer than four
    for (let i = 4 * four; i < Math.min(4 * four + 4, mask.length); i += 1) {
      if (mask[i] === 0) continue;
      const row = Math.floor(i / columns);
      reach(0, Math.floor(row / rows));
      reach(1, row % rows);
      reach(2, i % columns);
    }
  }
  return box[0][1] < 0 ? null : box;
}

/** The slices k of a section in which a mask has voxels. */
function slicesOf(mask, section) {
  const found = [];
  for (let k = 0; k < section.depth; k += 1) if (section.cut(mask, k).some((label) => label > 0)) found.push(k);
  return found;
}
