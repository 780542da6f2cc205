// The position in words: the slice, the cursor in scanner coordinates, and the sentence for screen readers.

function signed(mm) {
  return `${mm < 0 ? "\u2212" : "+"}${Math.abs(mm).toFixed(1)}`;
}

/** `Slice 12 of 19 at +31.5 mm`, along the axis that the section runs through. */
function sliceWords({ section, k, depth, data }) {
  const axis = section.through;
  const mm = data.first_voxel_mm[axis] + k * section.stepMm;
  const plane = axis === 0 ? "Slice" : `${section.name[0].toUpperCase()}${section.name.slice(1)} slice`;
  return `${plane} ${k + 1} of ${depth} at ${signed(mm)} mm`;
}

/** Millimetres to the left, to posterior and to the head. */
function cursorWords({ section, cursor, k, data, grid }) {
  const voxel = section.voxel(cursor, k);
  const [z, y, x] = voxel.map((at, axis) => data.first_voxel_mm[axis] + at * grid.spacing_zyx_mm[axis]);
  const sides = [[x, "L", "R"], [y, "P", "A"], [z, "S", "I"]]; // prettier-ignore
  return `Cursor ${sides.map(([mm, above, below]) => `${mm < 0 ? below : above} ${Math.abs(mm).toFixed(1)}`).join(", ")} mm`;
}

/** For screen readers: the slice and which regions it shows. */
function restWords(viewer) {
  const here = viewer.data.masks.map(({ roi }) => roi).filter((roi) => viewer.slices(roi).includes(viewer.k));
  const regions = viewer.masks.regions.whole.map(({ name }) => spoken(name));
  const outside = regions.length > 0 ? `Outside of ${listed(regions)}.` : "";
  return `${sliceWords(viewer)}. ${here.length > 0 ? `Shows ${here.map(spoken).join(", ")}.` : outside}`.trim();
}
