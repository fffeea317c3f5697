// The panel at the side: what is selected, and the legend.

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children.filter((child) => child !== null));
  return made;
}

const MOST_LISTED = 40;

/** A button that leads to an item. */
function linkTo(item, view, text = item.name || item.label) {
  return element("button", { className: "link", textContent: text, onclick: () => view.reveal(item) });
}

function listOf(title, rows) {
  if (!rows.length) return null;
  const list = element("ul", {}, ...rows.slice(0, MOST_LISTED).map((row) => element("li", {}, ...row)));
  if (rows.length > MOST_LISTED) list.append(element("li", { textContent: `… ${rows.length - MOST_LISTED} more` }));
  return element("section", {}, element("h3", { textContent: `${title} (${rows.length})` }), list);
}

function tableOf(title, rows) {
  if (!rows.length) return null;
  const lines = rows.map(([name, value]) => element("tr", {}, element("th", { textContent: name }), element("td", {}, value)));
  return element("section", {}, element("h3", { textContent: title }), element("table", {}, ...lines));
}

/** What is said of an item. */
function inspect(item, needs, view) {
  const kind = DATA.kinds[item.kind];
  const badge = element("span", { className: "badge", textContent: kind?.label ?? item.kind });
  badge.style.background = kind?.fill ?? "";
  const what = item.isGroup ? operations(item.leaves.length) : item.node.type;
  return [
    element("h2", { textContent: item.name || item.label }),
    element("p", { className: "what" }, what, " ", badge),
    buttonsFor(item, view),
    needsText(item, needs, view),
    ...(item.isGroup ? groupDetails(item, view) : leafDetails(item, view)),
  ].filter(Boolean);
}

function buttonsFor(item, view) {
  const buttons = [];
  if (item.isGroup) {
    buttons.push(element("button", { textContent: item.isOpen ? "Close" : "Open", onclick: () => view.toggle(item) }));
  }
  const isPulled = layoutOf(item.parent).links.pulled.has(item);
  buttons.push(element("button", {
    textContent: isPulled ? "Put into the flow" : "Pull aside",
    onclick: () => view.pull(item, !isPulled),
  }));
  for (const body of new Set(item.node?.bodies ?? [])) {
    const number = DATA.graphs.findIndex((graph) => graph.name === body);
    if (number < 0) continue;
    buttons.push(element("button", { textContent: `Body ${body}`, onclick: () => view.showGraph(number) }));
  }
  return element("p", { className: "buttons" }, ...buttons);
}

function needsText(item, needs, view) {
  const needed = [...needs];
  const named = (kind) => needed.filter((leaf) => leaf.kind === kind && !leaf.name.includes("/Initializer/"));
  const text = element("p", { className: "needs" },
    `A fetch of it runs ${needed.length} of ${view.leaves.length} operations. `);
  for (const [kind, words] of [["placeholder", "It must be fed"], ["variable", "It reads or writes"]]) {
    const found = named(kind);
    if (!found.length) continue;
    text.append(`${words}: `);
    found.slice(0, 8).forEach((leaf, at) => text.append(at ? ", " : "", linkTo(leaf, view)));
    text.append(found.length > 8 ? ` and ${found.length - 8} more. ` : ". ");
  }
  return text;
}

function costRows(item) {
  const seconds = costOf(item, "seconds");
  if (seconds === null) return [];
  return [["time", secondsText(seconds)], ["memory", bytesText(costOf(item, "bytes") ?? 0)]];
}

function leafDetails(leaf, view) {
  const { node } = leaf;
  const facts = [
    ...(node.device ? [["device", node.device]] : []),
    ...(node.line ? [["made in", node.line]] : []),
    ...costRows(leaf),
  ];
  const outputs = node.outputs.map(([dtype, shape, size], slot) =>
    [`:${slot}`, `${dtype} ${shape}${size == null ? "" : `, ${bytesText(size)}`}`]);
  const row = (link) => [linkTo(link.source, view, tensorName(link)), ` ${link.slot < 0 ? "" : tensorOf(link).text}`];
  const data = leaf.inputs.filter((link) => link.slot >= 0);
  const controls = leaf.inputs.filter((link) => link.slot < 0);
  return [
    tableOf("Facts", facts),
    tableOf("Outputs", outputs),
    tableOf("Attributes", Object.entries(node.attributes)),
    listOf("Inputs", data.map(row)),
    listOf("Runs after", controls.map(row)),
    listOf("Used by", leaf.uses.map((link) => [linkTo(link.target, view), link.slot < 0 ? " (runs after)" : ""])),
  ];
}

function groupDetails(group, view) {
  const counts = new Map();
  for (const leaf of group.leaves) counts.set(leaf.node.type, (counts.get(leaf.node.type) ?? 0) + 1);
  const types = [...counts].sort((one, other) => other[1] - one[1]).map(([type, count]) => [type, String(count)]);
  const entering = new Map();
  const leaving = new Map();
  for (const leaf of group.leaves) {
    for (const link of leaf.inputs) if (!link.source.isWithin(group)) entering.set(tensorName(link), link);
    for (const link of leaf.uses) if (!link.target.isWithin(group)) leaving.set(tensorName(link), link);
  }
  const row = (link) => [linkTo(link.source, view, tensorName(link)), ` ${tensorOf(link).text}`];
  return [
    tableOf("Facts", costRows(group)),
    listOf("Tensors in", [...entering.values()].map(row)),
    listOf("Tensors out", [...leaving.values()].map(row)),
    tableOf("Types", types),
  ];
}

/** The legend for a colouring. */
function legendOf(colouring, leaves) {
  const swatch = (colour, text) => {
    const box = element("span", { className: "swatch" });
    box.style.background = colour;
    return element("li", {}, box, text);
  };
  if (colouring.scale) {
    const bar = element("li", { className: "bar" });
    bar.style.background = `linear-gradient(to right, ${colouring.scale.join(", ")})`;
    return [bar, element("li", { textContent: colouring.note })];
  }
  if (colouring.note) return [element("li", { textContent: colouring.note })];
  if (colouring.entries) return colouring.entries().map(([colour, text]) => swatch(colour, text));
  const present = new Set(leaves.map((leaf) => leaf.kind));
  return Object.entries(DATA.kinds).filter(([name]) => present.has(name)).map(([, { fill, label }]) => swatch(fill, label));
}
