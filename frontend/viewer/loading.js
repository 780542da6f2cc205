// Fetches a case: masks first, because a region decides the field of view, then each image as it arrives.

class Loading {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.control = null;
  }

  get begun() {
    return this.control !== null && !this.control.signal.aborted;
  }

  begin() {
    this.control = new AbortController();
    this.missing();
  }

  stop() {
    this.control?.abort();
  }

  /** What is not there yet; asked for again under new addresses after the old ones expired. */
  missing() {
    const framed = this.masks();
    const { screen, data } = this.viewer;
    const absent = ({ modality }) => screen.visible.some((pane) => pane.modality === modality && pane.voxels === null);
    const answers = data.volumes.filter(absent).map((info) => this.volume(info, framed));
    Promise.all(answers).then(() => this.viewer.stands());
  }

  /** The masks that are to be drawn and are not there yet; resolves when all of them have answered. */
  masks() {
    return Promise.all(this.viewer.masks.missing.map((mask) => this.mask(mask)));
  }

  async mask(mask) {
    const { viewer } = this;
    const { signal } = this.control;
    try {
      const count = mask.shape_zyx.reduce((a, b) => a * b);
      const voxels = await fetchVoxels(mask.url, mask.etag, count, Uint8Array, `The ${spoken(mask.roi)} mask`, signal);
      if (signal.aborted) return;
      viewer.masks.add(mask.roi, voxels);
      sayOfToggle(viewer, mask.roi, "");
      viewer.masksChanged();
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Expired) this.askForNewAddresses();
      sayOfToggle(viewer, mask.roi, " (not loaded)");
    }
  }

  async volume(info, framed) {
    const { viewer } = this;
    const { signal } = this.control;
    const pane = viewer.screen.paneOf(info.modality);
    try {
      const count = info.shape_zyx.reduce((a, b) => a * b);
      const voxels = await fetchVoxels(info.url, info.etag, count, Uint16Array, info.modality, signal);
      await framed;
      if (signal.aborted) return;
      viewer.fieldOfView.fitOnce();
      pane.show(info, voxels);
      viewer.applyContrast(pane);
      viewer.redraw();
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Expired) this.askForNewAddresses();
      pane.say(error instanceof Unavailable ? error.message : `${info.modality} could not be loaded. Check the connection.`);
    }
  }

  /** Several requests fail at once when the addresses are too old; the page is asked once. */
  askForNewAddresses() {
    const { viewer } = this;
    if (this.asked === viewer.data.signed) return;
    this.asked = viewer.data.signed;
    viewer.trigger("renew", viewer.caseId);
  }
}
