// What the fill of an item says.

const SCALE = ["#fff7e0", "#fde3a0", "#fbc05e", "#f2903a", "#dc5a24", "#ad2b16"];
const SWATCHES = [
  "#bbccee", "#ccddaa", "#ffcccc", "#eeeebb", "#cceeff", "#eeccee", "#ffddbb", "#dddddd",
  "#99ccbb", "#d0b8a8", "#b8c4e0", "#e0d890",
];

/** What items may be coloured by; those without data are left out. */
function colourings(leaves) {
  const hasCost = (name) => leaves.some((leaf) => leaf.node[name] != null);
  return [
    { name: "kind", colour: (item) => DATA.kinds[item.kind]?.fill },
    categories("structure", leaves, structureOf),
    categories("device", leaves, deviceOf),
    ...(hasCost("seconds") ? [costs("time", leaves, "seconds", secondsText)] : []),
    ...(hasCost("bytes") ? [costs("memory", leaves, "bytes", bytesText)] : []),
  ];
}

/** Items with the same structure, such as equal layers, have the same text. */
function structureOf(item) {
  if (!item.isGroup) return item.node.type;
  if (item.structure) return item.structure;
  const counts = new Map();
  for (const leaf of item.leaves) counts.set(leaf.node.type, (counts.get(leaf.node.type) ?? 0) + 1);
  item.structure = [...counts].sort().map(([type, count]) => `${count} ${type}`).join(", ");
  return item.structure;
}

function deviceOf(item) {
  const devices = new Set(item.leaves.map((leaf) => leaf.node.device || "no device asked for"));
  return devices.size === 1 ? [...devices][0] : "several devices";
}

function categories(name, leaves, valueOf) {
  const numbers = new Map();
  const colour = (item) => {
    const value = valueOf(item);
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return SWATCHES[numbers.get(value) % SWATCHES.length];
  };
  if (name === "structure") return { name, colour, note: "equal colours: operations of the same types" };
  leaves.forEach(colour);
  return { name, colour, entries: () => [...numbers].map(([text, at]) => [SWATCHES[at % SWATCHES.length], text]) };
}

function costs(name, leaves, key, textOf) {
  const total = leaves.reduce((sum, leaf) => sum + (leaf.node[key] ?? 0), 0);
  const colour = (item) => {
    const own = costOf(item, key);
    if (own === null) return "#f4f4f4";
    const share = total ? own / total : 0;
    // A tenth of all is in the middle of the scale: few operations take most.
    return SCALE[Math.min(SCALE.length - 1, Math.floor(Math.sqrt(share) * SCALE.length * 1.2))];
  };
  const note = `${textOf(total)} in all; dark takes most of it`;
  return { name, colour, note, scale: SCALE };
}

/** What an item took in the traced run, null if nothing of it ran. */
function costOf(item, key) {
  let sum = null;
  for (const leaf of item.leaves) if (leaf.node[key] != null) sum = (sum ?? 0) + leaf.node[key];
  return sum;
}

function secondsText(seconds) {
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${(seconds * 1e6).toPrecision(3)} µs`;
}

function bytesText(bytes) {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (bytes >= size) return `${(bytes / size).toPrecision(3)} ${unit}`;
  }
  return `${bytes} bytes`;
}
