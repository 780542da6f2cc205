// The entry of the component; the last of the joined scripts.

const viewers = new WeakMap();

/** Streamlit's entry: makes the viewer of an element once, then hands it the data of each run. */
export default function mount({ parentElement, data, setStateValue, setTriggerValue }) {
  if (!viewers.has(parentElement)) viewers.set(parentElement, new Viewer(parentElement));
  const viewer = viewers.get(parentElement);
  viewer.update(data, setStateValue, setTriggerValue);
  return () => {
    viewer.close();
    viewers.delete(parentElement);
  };
}
