// Mouse, pen and touch input on one pane.

const WHEEL_STEP = 40; // accumulated wheel delta per slice, so that a trackpad does not race

class PointerInput {
  constructor(viewer, pane) {
    this.viewer = viewer;
    this.pane = pane;
    this.pointers = new Map();
    this.turned = 0;
    const { canvas } = pane;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  get ready() {
    return this.pane.voxels !== null;
  }

  point(cursor) {
    this.viewer.cursor = cursor;
    if (cursor !== null) this.viewer.pointed = true;
    this.viewer.redraw();
  }

  down(event) {
    if (!this.ready || event.button > 1) return;
    this.viewer.root.focus({ preventScroll: true });
    this.viewer.screen.activate(this.pane.modality);
    this.pane.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
    event.preventDefault();
  }

  up(event) {
    this.pointers.delete(event.pointerId);
  }

  move(event) {
    if (!this.ready) return;
    const before = this.pointers.get(event.pointerId);
    if (before === undefined) {
      this.point(this.pane.position(event, this.viewer.fieldOfView.view));
      return;
    }
    const now = [event.clientX, event.clientY];
    if (this.pointers.size === 2) this.pinch(event, now);
    else if (event.shiftKey || event.buttons === 4) this.shift(now[0] - before[0], now[1] - before[1]);
    else this.contrast(now[0] - before[0], now[1] - before[1]);
    this.pointers.set(event.pointerId, now);
  }

  contrast(dx, dy) {
    this.pane.window = dragged(this.pane, dx, dy);
    this.viewer.redraw();
  }

  pinch(event, now) {
    const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    const before = this.pointers.get(event.pointerId);
    const distance = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
    this.viewer.zoom(distance(now) / distance(before));
    this.shift((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  }

  shift(dx, dy) {
    this.viewer.fieldOfView.shift(dx, dy, this.pane.canvas.clientWidth);
    this.viewer.redraw();
  }

  wheel(event) {
    if (!this.ready) return;
    event.preventDefault();
    if (event.ctrlKey) {
      this.viewer.zoom(Math.exp(-event.deltaY / 200), this.pane.position(event, this.viewer.fieldOfView.view));
      return;
    }
    const lines = event.deltaMode === 0 ? 1 : WHEEL_STEP;
    this.turned += event.deltaY * lines;
    const steps = Math.trunc(this.turned / WHEEL_STEP);
    if (steps === 0) return;
    this.turned -= steps * WHEEL_STEP;
    this.viewer.goTo(this.viewer.k - Math.sign(steps) * Math.min(3, Math.abs(steps)));
  }
}
