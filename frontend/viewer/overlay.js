// One modality's map drawn over its picture, and its value under the cursor.

const SUPERSCRIPT = { "-": "\u207b", 0: "\u2070", 1: "\u00b9", 2: "\u00b2", 3: "\u00b3", 4: "\u2074", 5: "\u2075", 6: "\u2076", 7: "\u2077", 8: "\u2078", 9: "\u2079" }; // prettier-ignore

/** A value to three digits, however small or large: `0.0312`, `1 240`, `3.1 × 10⁻⁵`. */
function brief(value) {
  const magnitude = Math.abs(value);
  if (magnitude >= 100 && magnitude < 1e6) return number(value);
  const [digits, exponent] = value.toExponential(2).split("e");
  if (value === 0 || (magnitude >= 1e-3 && magnitude < 100)) return String(Number(value.toPrecision(3))).replace("-", "\u2212");
  const power = [...String(Number(exponent))].map((sign) => SUPERSCRIPT[sign]).join("");
  return `${String(Number(digits)).replace("-", "\u2212")}\u2009×\u200910${power}`;
}

class Overlay {
  constructor() {
    this.slice = document.createElement("canvas");
    this.clear();
  }

  clear() {
    this.info = null;
    this.voxels = null;
    this.rastered = "";
  }

  show({ info, voxels }) {
    this.info = info;
    this.voxels = voxels;
    this.colours = coloursOf(info);
    this.rastered = "";
  }

  /** Draws slice k of a section into a context whose unit is the voxel; colours are of whole voxels. */
  draw(context, section, k, opacity) {
    if (this.voxels === null) return;
    const wanted = `${section.name} ${k}`;
    if (this.rastered !== wanted) paint(this.slice, section, section.cut(this.voxels, k), this.colours);
    this.rastered = wanted;
    context.globalAlpha = opacity;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.slice, -0.5, -0.5);
    context.globalAlpha = 1;
  }

  /** The map's value at a voxel (z, y, x), or null where it has none. */
  valueAt([z, y, x]) {
    if (this.voxels === null) return null;
    const [, rows, columns] = this.info.shape_zyx;
    const stored = this.voxels[(z * rows + y) * columns + x];
    return stored === 0 ? null : this.info.intercept + this.info.slope * stored;
  }
}
