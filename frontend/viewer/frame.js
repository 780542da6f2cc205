// The parts around the pictures that need no voxels: panes, tabs, letters at the edges, legend.

const PANE = `<canvas role="img"></canvas><span class="name"></span><span class="value"></span><span class="letter left">
</span><span class="letter right"></span><span class="letter top"></span><span class="letter bottom"></span>
<span class="window"></span><span class="mm"></span><div class="message"></div>`;

function makePane(viewer, modality) {
  const element = document.createElement("figure");
  element.className = "pane";
  element.dataset.modality = modality;
  element.innerHTML = PANE;
  element.querySelector(".name").textContent = modality;
  viewer.find(".panes").append(element);
  const tab = document.createElement("button");
  tab.type = "button";
  tab.textContent = modality;
  tab.addEventListener("click", () => viewer.activate(modality));
  viewer.find(".tabs").append(tab);
  return new Pane(element);
}

function frameCase(viewer) {
  const { volumes, masks } = viewer.data;
  for (const pane of viewer.panes) {
    const present = volumes.some((volume) => volume.modality === pane.modality);
    pane.clear(present ? `Loading ${pane.modality} …` : `${pane.modality} is missing for this case.`);
  }
  const legend = Object.keys(COLOURS).filter((roi) => masks.some((mask) => mask.roi === roi));
  viewer.find(".outlines").replaceChildren(...legend.map((roi) => makeToggle(viewer, roi)));
  offerContrasts(viewer);
}

/** Letters at the edges and the length of the slider, for the section that is shown. */
function frameSection(viewer) {
  for (const [side, letter] of Object.entries(viewer.section.letters(viewer.data.letters))) {
    for (const place of viewer.root.querySelectorAll(`.pane .${side}`)) place.textContent = letter;
  }
  viewer.find(".slider").max = viewer.section.depth - 1;
  for (const button of viewer.find(".planes").children) {
    button.setAttribute("aria-pressed", String(button.dataset.plane === viewer.section.name));
  }
}

function offerContrasts(viewer) {
  const { volumes, masks } = viewer.data;
  const choices = { gland: "Gland", auto: "Whole image", full: "Full range" };
  if (!masks.some((mask) => mask.roi === "gland")) delete choices.gland;
  if (volumes.some((volume) => volume.modality === "ADC" && volume.unit.includes("mm"))) choices.adc = "ADC 0–2\u2009000";
  const options = Object.entries(choices).map(([value, label]) => new Option(label, value));
  viewer.find(".contrast").replaceChildren(...options);
  if (!(viewer.contrast in choices)) viewer.contrast = "auto";
  viewer.find(".contrast").value = viewer.contrast;
}

function makeToggle(viewer, roi) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = roi;
  button.style.setProperty("--colour", COLOURS[roi]);
  button.style.setProperty("--line", `${Math.round(2 * WIDTHS[roi])}px`);
  button.dataset.roi = roi;
  button.addEventListener("click", () => viewer.toggleOutline(roi));
  return button;
}
