// Outlines of masks as vectors, by marching squares: drawn at any zoom they stay one line wide.

// Where the border enters and leaves a cell, by which of its corners are inside (tl 1, tr 2, br 4, bl 8). The points are
// the middles of its sides in half voxels from its top left corner; walking along, the inside lies to the right.
const TOP = [1, 0];
const RIGHT = [2, 1];
const BOTTOM = [1, 2];
const LEFT = [0, 1];
const CROSSINGS = [
  [], [[TOP, LEFT]], [[RIGHT, TOP]], [[RIGHT, LEFT]],
  [[BOTTOM, RIGHT]], [[TOP, LEFT], [BOTTOM, RIGHT]], [[BOTTOM, TOP]], [[BOTTOM, LEFT]],
  [[LEFT, BOTTOM]], [[TOP, BOTTOM]], [[RIGHT, TOP], [LEFT, BOTTOM]], [[RIGHT, BOTTOM]],
  [[LEFT, RIGHT]], [[TOP, RIGHT]], [[LEFT, TOP]], [],
]; // prettier-ignore

// The rows and columns between which a slice has labels: [first row, last row, first column, last column].
function labelled(labels, columns) {
  const found = [Infinity, -1, Infinity, -1];
  for (let i = 0; i < labels.length; i += 1) {
    if (labels[i] === 0) continue;
    const [y, x] = [Math.floor(i / columns), i % columns];
    found[0] = Math.min(found[0], y);
    found[1] = y;
    found[2] = Math.min(found[2], x);
    found[3] = Math.max(found[3], x);
  }
  return found;
}

// Border pieces of one label of a slice, as a map from start to end point (each point written as one number).
function pieces(labels, rows, columns, label, [top, bottom, left, right]) {
  const stride = 2 * columns + 4;
  const inside = (x, y) => x >= 0 && y >= 0 && x < columns && y < rows && labels[y * columns + x] === label;
  const next = new Map();
  for (let y = top - 1; y <= bottom; y += 1) {
    for (let x = left - 1; x <= right; x += 1) {
      const corners = inside(x, y) | (inside(x + 1, y) << 1) | (inside(x + 1, y + 1) << 2) | (inside(x, y + 1) << 3);
      for (const [from, to] of CROSSINGS[corners]) {
        const point = ([dx, dy]) => (2 * y + 2 + dy) * stride + 2 * x + 2 + dx;
        next.set(point(from), point(to));
      }
    }
  }
  return [next, stride];
}

// Closed loops of [x, y] in voxels; voxel (0, 0) has its centre at the origin. Holes are loops of their own.
function loopsOf(labels, rows, columns, label, where) {
  const [next, stride] = pieces(labels, rows, columns, label, where);
  const loops = [];
  while (next.size > 0) {
    const loop = [];
    let point = next.keys().next().value;
    while (next.has(point)) {
      loop.push([(point % stride) / 2 - 1, Math.floor(point / stride) / 2 - 1]);
      const following = next.get(point);
      next.delete(point);
      point = following;
    }
    loops.push(loop);
  }
  return loops;
}

/** [colour, Path2D in voxel units] of the labels above 0 of a slice (rows x columns), those of one colour together. */
function outlinesOf(labels, rows, columns, colourOf) {
  const present = new Set(labels);
  present.delete(0);
  const where = labelled(labels, columns);
  const paths = new Map();
  for (const label of present) {
    const colour = colourOf(label);
    if (!paths.has(colour)) paths.set(colour, new Path2D());
    const path = paths.get(colour);
    for (const loop of loopsOf(labels, rows, columns, label, where)) {
      loop.forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
      path.closePath();
    }
  }
  return [...paths];
}
