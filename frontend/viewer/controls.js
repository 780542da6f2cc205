// Keys, buttons, slider and contrast box: maps each of them to a call of the viewer.

class Controls {
  constructor(viewer) {
    this.viewer = viewer;
    viewer.root.addEventListener("keydown", (event) => this.press(event));
    viewer.root.addEventListener("click", (event) => {
      const { do: act, plane } = event.target.closest("button")?.dataset ?? {};
      if (plane) viewer.choosePlane(plane);
      else this.click(act);
    });
    viewer.find(".slider").addEventListener("input", (event) => viewer.goTo(Number(event.target.value)));
    viewer.find(".contrast").addEventListener("change", (event) => viewer.chooseContrast(event.target.value));
  }

  click(name) {
    if (name === "smaller") this.viewer.zoom(1 / 1.25);
    if (name === "larger") this.viewer.zoom(1.25);
    if (name === "fit") this.viewer.toggleWhole();
    if (name === "reset") this.viewer.reset();
    if (name === "help") this.viewer.help();
  }

  press(event) {
    const own = event.target.closest("select, input") === null;
    const keys = {
      ArrowUp: () => this.viewer.goTo(this.viewer.k + 1),
      ArrowRight: () => this.viewer.goTo(this.viewer.k + 1),
      ArrowDown: () => this.viewer.goTo(this.viewer.k - 1),
      ArrowLeft: () => this.viewer.goTo(this.viewer.k - 1),
      PageUp: () => this.viewer.goTo(this.viewer.k + 5),
      PageDown: () => this.viewer.goTo(this.viewer.k - 5),
      Home: () => this.viewer.goTo(0),
      End: () => this.viewer.goTo(this.viewer.depth - 1),
    };
    const letters = {
      "+": () => this.viewer.zoom(1.25),
      "=": () => this.viewer.zoom(1.25),
      "-": () => this.viewer.zoom(1 / 1.25),
      "0": () => this.viewer.reset(),
      f: () => this.viewer.toggleWhole(),
      l: () => this.viewer.nextFinding(),
      m: () => this.viewer.screen.next(),
      o: () => this.viewer.toggleOutline(),
      v: () => this.viewer.nextPlane(),
      "[": () => this.viewer.trigger("go", "previous"),
      "]": () => this.viewer.trigger("go", "next"),
      j: () => this.viewer.trigger("go", "next"),
      k: () => this.viewer.trigger("go", "previous"),
      "?": () => this.viewer.help(),
      Escape: () => this.viewer.help(false),
    };
    const act = letters[event.key] ?? (own ? keys[event.key] : undefined);
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  }
}
