// The masks of a case: which are outlined, their voxels once loaded, their extent, slices and outlines.

class Masks {
  constructor() {
    this.shown = { gland: true, lesion: true, zones: false };
    this.begin([], [0, 0, 0]);
  }

  /**
   * Another case.
   * @param {object[]} infos `MaskInfo` of every mask stored
   * @param {number[]} shape voxels along z, y, x
   */
  begin(infos, shape) {
    this.infos = infos;
    this.shape = shape;
    this.voxels = new Map();
    this.extents = new Map();
    this.turn();
  }

  /** Another plane: outlines and slices along it are made anew. */
  turn() {
    this.outlines = new Map();
    this.along = new Map();
  }

  add(roi, voxels) {
    this.voxels.set(roi, voxels);
    this.extents.set(roi, extentOf(voxels, this.shape));
  }

  /** The masks that are to be drawn, or frame what is drawn, and are not there yet. */
  get missing() {
    return this.infos.filter(({ roi }) => (this.shown[roi] || roi === "gland") && !this.voxels.has(roi));
  }

  /** The voxels of a mask, or null before they arrived. */
  of(roi) {
    return this.voxels.get(roi) ?? null;
  }

  /** A mask's voxels and the box that holds them, or null where it is empty, missing or not there yet. */
  region(roi) {
    const [voxels, extent] = [this.of(roi), this.extent(roi)];
    return extent === null ? null : { voxels, extent };
  }

  /** The box in which a mask has voxels, or null where it is empty, missing or not there yet. */
  extent(roi) {
    return this.extents.get(roi) ?? null;
  }

  /** The slices of a section in which a mask has voxels: along the axial plane the server has counted them. */
  slices(roi, section) {
    if (section.name === "axial") return this.infos.find((mask) => mask.roi === roi)?.slices ?? [];
    if (!this.voxels.has(roi)) return [];
    if (!this.along.has(roi)) this.along.set(roi, slicesOf(this.voxels.get(roi), section));
    return this.along.get(roi);
  }

  /** [roi, outline] of the masks shown, in the order of drawing. */
  outlinesOf(section, k) {
    const drawn = [];
    for (const roi of Object.keys(WIDTHS)) {
      if (!this.shown[roi] || !this.voxels.has(roi)) continue;
      const key = `${roi} ${k}`;
      if (!this.outlines.has(key)) {
        const labels = section.cut(this.voxels.get(roi), k);
        this.outlines.set(key, outlineOf(labels, section.rows, section.columns));
      }
      drawn.push([roi, this.outlines.get(key)]);
    }
    return drawn;
  }

  toggle(roi) {
    this.shown[roi] = !this.shown[roi];
  }

  /** All outlines off, or gland and lesion on. */
  toggleAll() {
    const any = Object.values(this.shown).some(Boolean);
    for (const roi of Object.keys(this.shown)) this.shown[roi] = !any && roi !== "zones";
  }
}
