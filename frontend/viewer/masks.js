// The masks of a case: which are outlined, their voxels once loaded, their extent, slices and outlines.

class Masks {
  constructor() {
    this.shown = Object.create(null); // a region may have any name, such as constructor
    this.begin([], new Regions({ regions: [], finding: null, frame: null }), [0, 0, 0]);
  }

  /**
   * Another case; what is shown stays shown. Codes of several regions are shown unasked where there is nothing else.
   * @param {object[]} infos `MaskInfo` of every mask stored
   * @param {Regions} regions those of the protocol
   * @param {number[]} shape voxels along z, y, x
   */
  begin(infos, regions, shape) {
    this.infos = infos;
    this.regions = regions;
    this.shape = shape;
    this.voxels = new Map();
    this.extents = new Map();
    for (const { name } of regions.all) this.shown[name] ??= this.unasked(name);
    this.turn();
  }

  /** Another plane: outlines and slices along it are made anew. */
  turn() {
    this.outlines = new Map();
    this.along = new Map();
  }

  unasked(name) {
    return this.regions.of(name).codes.length === 0 || this.regions.whole.length === 0;
  }

  has(roi) {
    return this.infos.some((mask) => mask.roi === roi);
  }

  /** The region that a picture can be fitted to: the frame, else the finding, else none. */
  get fitted() {
    const { frame, finding } = this.regions;
    return [frame, finding].find((name) => name !== null && this.has(name)) ?? null;
  }

  add(roi, voxels) {
    this.voxels.set(roi, voxels);
    this.extents.set(roi, extentOf(voxels, this.shape));
  }

  /** The masks that are to be drawn, or frame what is drawn, and are not there yet. */
  get missing() {
    return this.infos.filter(({ roi }) => (this.shown[roi] || roi === this.fitted) && !this.voxels.has(roi));
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

  /** What is drawn of the masks shown, in that order: region, colour and outline. */
  outlinesOf(section, k) {
    const drawn = [];
    for (const region of this.regions.drawn) {
      const roi = region.name;
      if (!this.shown[roi] || !this.voxels.has(roi)) continue;
      const key = `${roi} ${k}`;
      if (!this.outlines.has(key)) {
        const labels = section.cut(this.voxels.get(roi), k);
        const colour = (label) => this.regions.colour(region, label);
        this.outlines.set(key, outlinesOf(labels, section.rows, section.columns, colour));
      }
      for (const [colour, path] of this.outlines.get(key)) drawn.push({ region, colour, path });
    }
    return drawn;
  }

  toggle(roi) {
    this.shown[roi] = !this.shown[roi];
  }

  /** All outlines off, or those on that are shown unasked. */
  toggleAll() {
    const names = this.regions.all.map(({ name }) => name);
    const any = names.some((name) => this.shown[name]);
    for (const name of names) this.shown[name] = !any && this.unasked(name);
  }
}
