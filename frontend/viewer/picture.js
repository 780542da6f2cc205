// The address of what is shown as a picture to take away: the server draws it with outlines, scale bar and study.

const PICTURE_PX = 1000;

/** The picture of the image looked at, or null where there is none: the server draws axial slices. */
function pictureAddress(viewer) {
  const pane = viewer.screen.paneOf(viewer.screen.active);
  if (viewer.section.name !== "axial" || pane === undefined || pane.voxels === null) return null;
  const { x, y, field } = viewer.fieldOfView.view;
  const [low, high] = pane.window;
  const asked = {
    modality: pane.modality,
    roi: "whole",
    k: viewer.k,
    size: PICTURE_PX,
    mm: field.toFixed(1),
    at: `${x.toFixed(2)},${y.toFixed(2)}`,
    wl: `${high - low},${(high + low) / 2}`,
    rois: Object.keys(viewer.masks.shown).filter((roi) => viewer.masks.shown[roi] && viewer.masks.has(roi)).join(),
  };
  const { info } = pane.overlay;
  if (info !== null) Object.assign(asked, { feature: info.feature, map_roi: info.roi, settings: info.settings_hash });
  return `${viewer.data.picture}?${new URLSearchParams(asked)}`;
}

/** Keeps the link on what is shown. */
function linkPicture(viewer) {
  const link = viewer.find(".picture");
  const address = pictureAddress(viewer);
  if (address === null) link.removeAttribute("href");
  else link.href = address;
  link.classList.toggle("off", address === null);
  link.setAttribute("aria-disabled", String(address === null));
  link.download = `${viewer.data.title}-${viewer.screen.active}-${viewer.k + 1}.png`;
  link.title = address === null ? "Pictures are of axial slices" : "Save this slice as PNG, with outlines, scale bar and study";
}
