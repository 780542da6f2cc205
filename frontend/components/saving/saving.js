// Saves the chart above as PNG or SVG in the browser, through Plotly's own button: nothing is sent anywhere.

export default function ({ parentElement, data }) {
  const drawn = () => document.querySelector(`.st-key-${CSS.escape(data.chart)} .js-plotly-plot`);
  for (const button of parentElement.querySelectorAll("button")) {
    button.setAttribute("aria-label", `${button.textContent} of the chart: ${data.title}`);
    button.onclick = () => {
      const graph = drawn();
      const camera = graph?.querySelector('.modebar-btn[data-title^="Download plot"]');
      if (!camera) return;
      graph._context.toImageButtonOptions.format = button.dataset.format;
      camera.click();
    };
  }
}
