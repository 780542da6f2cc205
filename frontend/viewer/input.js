// Mouse and pen on one pane; fingers are touch.js's.

const WHEEL_STEP = 40; // accumulated wheel delta per slice, so that a trackpad does not race

class PointerInput {
  constructor(viewer, pane) {
    this.viewer = viewer;
    this.pane = pane;
    this.touch = new TouchInput(viewer, pane);
    this.last = null;
    this.turned = 0;
    const { canvas } = pane;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
    canvas.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && viewer.point(null));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  get ready() {
    return this.pane.voxels !== null;
  }

  down(event) {
    if (!this.ready || event.button > 1) return;
    this.viewer.root.focus({ preventScroll: true });
    event.preventDefault();
    if (event.pointerType === "touch") {
      this.touch.down(event);
      return;
    }
    this.viewer.screen.activate(this.pane.modality);
    this.pane.canvas.setPointerCapture(event.pointerId);
    this.last = [event.clientX, event.clientY];
  }

  up(event) {
    if (event.pointerType === "touch") this.touch.up(event);
    else this.last = null;
  }

  move(event) {
    if (!this.ready) return;
    if (event.pointerType === "touch") {
      this.touch.move(event);
      return;
    }
    if (this.last === null) {
      this.viewer.point(this.pane.position(event, this.viewer.fieldOfView.view));
      return;
    }
    const [dx, dy] = [event.clientX - this.last[0], event.clientY - this.last[1]];
    if (event.shiftKey || event.buttons === 4) this.viewer.shift(dx, dy, this.pane.canvas.clientWidth);
    else this.viewer.drag(this.pane, dx, dy);
    this.last = [event.clientX, event.clientY];
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
