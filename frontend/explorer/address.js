// What the page's address holds, read and written: so that a copied address, a reload and the way back show the same.

/** Field -> the name in the address. Links that people keep hold them, so they stay. */
const IN_ADDRESS = {
  feature: "feature", flag: "flag", feature_class: "class", image_type: "image", text: "q", starred: "starred", order: "order",
};

class Address {
  /** `names` gives the words that stand for a value in the address: a flag, a class, an image type. */
  constructor(names) {
    this.names = names;
  }

  /** The fields of a query; a value may be written as itself or in words. */
  read(query) {
    const found = {};
    for (const [field, name] of Object.entries(IN_ADDRESS)) {
      const value = query.get(name);
      if (value !== null && value !== "") found[field] = this.valueOf(field, value);
    }
    return found;
  }

  valueOf(field, text) {
    const words = this.names[field];
    if (words === undefined || text in words) return text;
    return Object.keys(words).find((value) => words[value] === text) ?? text;
  }

  /** Field -> what the address says; an empty text where it says nothing. */
  told(state) {
    const fields = Object.entries(IN_ADDRESS);
    return Object.fromEntries(fields.map(([field, name]) => [name, this.names[field]?.[state[field]] ?? state[field] ?? ""]));
  }

  /** Puts the fields into the browser's address; a choice that one may want to go back from becomes a step of it. */
  write(told, step) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(told)) {
      if (value === "") query.delete(name);
      else query.set(name, value);
    }
    const search = query.toString();
    if (`?${search}` === location.search || (search === "" && location.search === "")) return;
    const address = `${location.pathname}${search === "" ? "" : `?${search}`}`;
    if (step) history.pushState({}, "", address);
    else history.replaceState({}, "", address);
  }
}
