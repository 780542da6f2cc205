// Fingers on one pane: a swipe moves through slices, two fingers zoom and move, a long press sets the window.

const SWIPE_PX = 14; // of a swipe, per slice
const LONG_PRESS_MS = 450;
const STILL_PX = 9; // a finger that moved less has not moved

class TouchInput {
  /** @param {Viewer} viewer */
  constructor(viewer, pane) {
    this.viewer = viewer;
    this.pane = pane;
    this.fingers = new Map();
    this.still = null;
    this.held = false;
    this.two = false;
    this.swiped = 0;
    pane.canvas.addEventListener("contextmenu", (event) => {
      if (this.fingers.size > 0) event.preventDefault(); // a long press is ours
    });
  }

  down(event) {
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    this.pane.canvas.setPointerCapture(event.pointerId);
    this.viewer.screen.activate(this.pane.modality);
    this.letGo();
    this.two = this.fingers.size > 1;
    if (this.two) return;
    this.swiped = 0;
    this.still = [event.clientX, event.clientY];
    this.timer = setTimeout(() => this.hold(), LONG_PRESS_MS);
  }

  up(event) {
    const tapped = this.still !== null && this.fingers.size === 1 && event.type === "pointerup" && !this.held;
    this.fingers.delete(event.pointerId);
    this.letGo();
    if (tapped) this.viewer.point(this.pane.position(event, this.viewer.fieldOfView.view));
  }

  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (before === undefined) return;
    const now = [event.clientX, event.clientY];
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    if (this.still !== null && Math.hypot(now[0] - this.still[0], now[1] - this.still[1]) < STILL_PX && !this.held) return;
    if (this.still !== null && !this.held) this.letGo();
    this.fingers.set(event.pointerId, now);
    if (this.fingers.size > 1) this.pinch(event.pointerId, before, now);
    else if (this.held) this.viewer.drag(this.pane, dx, dy);
    else if (!this.two) this.swipe(dy); // the finger that stays after two moves nothing
  }

  /** Up goes towards the head, as the arrow key does. */
  swipe(dy) {
    this.swiped -= dy;
    const steps = Math.trunc(this.swiped / SWIPE_PX);
    if (steps === 0) return;
    this.swiped -= steps * SWIPE_PX;
    this.viewer.goTo(this.viewer.k + steps);
  }

  pinch(id, before, now) {
    const [, other] = [...this.fingers].find(([each]) => each !== id);
    const distance = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
    const { canvas } = this.pane;
    this.viewer.zoom(distance(now) / distance(before));
    this.viewer.shift((now[0] - before[0]) / 2, (now[1] - before[1]) / 2, canvas.clientWidth);
  }

  /** The finger has rested: from now on it sets the window. */
  hold() {
    this.held = true;
    this.pane.element.classList.add("held");
    navigator.vibrate?.(12);
  }

  letGo() {
    clearTimeout(this.timer);
    this.still = null;
    this.held = false;
    this.pane.element.classList.remove("held");
  }
}
