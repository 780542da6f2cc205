// Cards with a picture for the points of a chart, and a ring around the same case in its other panel.

const LOOK_MS = 250; // the chart is drawn after us, and drawn anew by every run
const AWAY_PX = 18;

class HoverCards {
  constructor(parent) {
    this.card = parent.querySelector(".card");
    this.rings = [];
    this.chart = null;
    this.timer = setInterval(() => this.attach(), LOOK_MS);
  }

  update(data) {
    this.items = data.items;
    this.key = data.chart;
    this.hide();
  }

  attach() {
    const chart = document.querySelector(`[class*="st-key-${CSS.escape(this.key)}"] .js-plotly-plot`);
    if (chart === this.chart || chart === null || typeof chart.on !== "function") return;
    this.chart = chart;
    chart.on("plotly_hover", (event) => this.show(event));
    chart.on("plotly_unhover", () => this.hide());
    chart.addEventListener("pointerleave", () => this.hide());
  }

  show({ points, event }) {
    const id = [points[0].customdata].flat()[0];
    const item = this.items[id];
    this.hide();
    if (item === undefined) return;
    const [image, name, words] = this.card.children;
    image.hidden = item.picture === null;
    if (item.picture !== null && image.getAttribute("src") !== item.picture) image.src = item.picture;
    name.textContent = item.title;
    words.textContent = item.words;
    this.card.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.card;
    const right = event.clientX + AWAY_PX + width < window.innerWidth;
    this.card.style.left = `${Math.max(4, right ? event.clientX + AWAY_PX : event.clientX - AWAY_PX - width)}px`;
    this.card.style.top = `${Math.min(Math.max(4, event.clientY - height - AWAY_PX), window.innerHeight - height - 4)}px`;
    this.ring(id);
  }

  /** Rings around the case wherever the chart has it, in pixels of the page. */
  ring(id) {
    const box = this.chart.getBoundingClientRect();
    for (const { customdata, xaxis = "x", yaxis = "y", x, y } of this.chart._fullData) {
      const at = customdata === undefined ? -1 : customdata.findIndex((one) => [one].flat()[0] === id);
      if (at === -1) continue;
      const [across, down] = [xaxis, yaxis].map((name) => this.chart._fullLayout[name.replace(/^([xy])/, "$1axis")]);
      const ring = document.createElement("i");
      ring.style.cssText = `position:fixed;width:22px;height:22px;margin:-11px 0 0 -11px;border:2.5px solid currentColor;
        border-radius:50%;pointer-events:none;z-index:999980;left:${box.left + across._offset + across.d2p(x[at])}px;
        top:${box.top + down._offset + down.d2p(y[at])}px`;
      ring.className = "hover-ring";
      this.card.parentNode.append(ring);
      this.rings.push(ring);
    }
  }

  hide() {
    this.card.hidden = true;
    for (const ring of this.rings) ring.remove();
    this.rings = [];
  }

  close() {
    clearInterval(this.timer);
    this.hide();
  }
}

const known = new WeakMap();

/** Streamlit's entry: one set of cards an element. */
export default function mount({ parentElement, data }) {
  if (!known.has(parentElement)) known.set(parentElement, new HoverCards(parentElement));
  const cards = known.get(parentElement);
  cards.update(data);
  return () => {
    cards.close();
    known.delete(parentElement);
  };
}
