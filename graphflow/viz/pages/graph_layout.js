// Where everything is drawn. Each open group is laid out by itself, from the inside to the outside.

const SIZE = {
  letter: 7.2, // width of a letter of a title, in pixels
  smallLetter: 5.4,
  leaf: 26,
  group: 34,
  header: 26,
  padding: 16,
  mark: 15,
  markWidth: 92,
  gap: 26,
};
const MOST_MARKS = 3;
const LONGEST_LABEL = 26;
const UNKNOWN_SHAPE = "(…)";

function shortened(text, longest = LONGEST_LABEL) {
  if (text.length <= longest) return text;
  const half = (longest - 1) >> 1;
  return `${text.slice(0, longest - 1 - half)}…${text.slice(text.length - half)}`;
}

/** The layout of an open group: places of children relative to its content, and its size. */
function layoutOf(group) {
  if (!group.layout) group.layout = layOut(group);
  return group.layout;
}

/** Forget the layouts that depend on an item. */
function forgetLayout(item) {
  for (const around of item.path) around.layout = null;
}

function layOut(group) {
  const links = linksWithin(group);
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 22, ranksep: 30, edgesep: 14, marginx: 4, marginy: 4 });
  graph.setDefaultEdgeLabel(() => ({}));
  const places = new Map();
  group.children.forEach((child, number) => {
    const place = sizeOf(child, links.marks.get(child));
    places.set(child, place);
    if (!links.pulled.has(child)) graph.setNode(String(number), { ...place });
  });
  const names = new Map(group.children.map((child, number) => [child, String(number)]));
  const ends = (one) => [one.from ? names.get(one.from) : "in", one.to ? names.get(one.to) : "out"];
  for (const one of links.drawn) {
    for (const end of ends(one)) {
      if (!graph.hasNode(end)) graph.setNode(end, { width: 8, height: 8 });
    }
    one.label = labelOf(one.links);
    const width = one.label.length * SIZE.smallLetter + 6;
    graph.setEdge(...ends(one), { width, height: one.label ? 12 : 0, labelpos: "c", weight: 1 });
  }
  dagre.layout(graph);
  const bounds = collectPlaces(group, graph, places, links);
  for (const one of links.drawn) {
    one.points = betweenCores(graph.edge(...ends(one)).points, places.get(one.from), places.get(one.to));
  }
  const ports = ["in", "out"].filter((name) => graph.hasNode(name)).map((name) => {
    const { x, y } = graph.node(name);
    return { x, y };
  });
  return { places, links, ports, ...placeAsides(group, places, links, bounds) };
}

/** The points of a line that begins and ends at the items themselves, not at the marks beside them. */
function betweenCores(points, from, to) {
  const inner = points.slice(1, -1);
  const first = from ? onBorder(from, inner[0], 1) : points[0];
  const last = to ? onBorder(to, inner[inner.length - 1], -1) : points[points.length - 1];
  return [first, ...inner, last];
}

/** Where the line to a point leaves an item: at its lower (side 1) or upper (-1) edge. */
function onBorder(place, point, side) {
  const middle = place.x + place.shift;
  const reach = place.core.width / 2 - 10;
  return { x: Math.min(middle + reach, Math.max(middle - reach, point.x)), y: place.y + (side * place.core.height) / 2 };
}

function collectPlaces(group, graph, places, links) {
  const { width, height } = graph.graph();
  group.children.forEach((child, number) => {
    if (links.pulled.has(child)) return;
    const { x, y } = graph.node(String(number));
    Object.assign(places.get(child), { x, y });
  });
  const isEmpty = group.children.every((child) => links.pulled.has(child));
  return { width: isEmpty ? 0 : width, height: isEmpty ? 0 : height };
}

/** Put what is pulled aside into columns at the right. */
function placeAsides(group, places, links, bounds) {
  const asides = group.children.filter((child) => links.pulled.get(child) === "aside");
  if (!asides.length) return { ...bounds, aside: null };
  const total = asides.reduce((sum, child) => sum + places.get(child).height + SIZE.gap, 0);
  const tall = Math.max(bounds.height, 260, Math.sqrt(total * 160));
  const left = bounds.width ? bounds.width + 2 * SIZE.gap : SIZE.gap / 2;
  let x = left;
  let y = SIZE.gap;
  let columnWidth = 0;
  let height = bounds.height;
  for (const child of asides) {
    const place = places.get(child);
    if (y > SIZE.gap && y + place.height > tall) {
      x += columnWidth + SIZE.gap;
      y = SIZE.gap;
      columnWidth = 0;
    }
    place.x = x + place.width / 2;
    place.y = y + place.height / 2;
    y += place.height + SIZE.gap * 0.6;
    columnWidth = Math.max(columnWidth, place.width);
    height = Math.max(height, y);
  }
  const width = x + columnWidth + SIZE.gap / 2;
  return { width, height, aside: { x: left - SIZE.gap / 2, width: width - left + SIZE.gap / 2 } };
}

/** The size of an item, the marks at its sides included. */
function sizeOf(item, marks) {
  const core = item.isGroup && item.isOpen ? openSize(item) : closedSize(item);
  const before = Math.min(marks.before.length, MOST_MARKS + 1);
  const after = Math.min(marks.after.length, MOST_MARKS + 1);
  const side = (count) => (count ? SIZE.markWidth + 10 : 0);
  return {
    core,
    shift: (side(before) - side(after)) / 2, // of the core, from the middle
    width: core.width + side(before) + side(after),
    height: Math.max(core.height, Math.max(before, after) * SIZE.mark),
  };
}

function closedSize(item) {
  const texts = [shortened(item.label).length * SIZE.letter, subtitleOf(item).length * SIZE.smallLetter];
  const handle = item.isGroup ? 20 : 0;
  return { width: Math.max(54, ...texts) + 22 + handle, height: item.isGroup ? SIZE.group + 4 : SIZE.leaf + 10 };
}

function openSize(group) {
  const inner = layoutOf(group);
  const title = shortened(group.label, 40).length * SIZE.letter + 60;
  return {
    width: Math.max(inner.width + 2 * SIZE.padding, title),
    height: inner.height + SIZE.header + SIZE.padding,
  };
}

function operations(count) {
  return count === 1 ? "1 operation" : `${count} operations`;
}

/** The small line below a title. */
function subtitleOf(item) {
  if (item.isGroup) return operations(item.leaves.length);
  return item.label.replace(/[()]/g, "").startsWith(item.node.type) ? "" : item.node.type;
}

/** What a bundle of links says: the shape of its tensor, or how many there are. */
function labelOf(links) {
  const tensors = new Map();
  for (const link of links) if (link.slot >= 0) tensors.set(tensorName(link), tensorOf(link).shape);
  if (tensors.size === 0) return "";
  if (tensors.size > 1) return `${tensors.size} tensors`;
  const [shape] = tensors.values();
  return shape === UNKNOWN_SHAPE ? "" : shape;
}
