// The picture: SVG elements for what is visible.

const SVG = "http://www.w3.org/2000/svg";

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  for (const child of children) {
    element.append(typeof child === "string" ? document.createTextNode(child) : child);
  }
  return element;
}

/** Draws open groups; remembers the elements of items and the places of their middles. */
class Drawing {
  constructor(colour) {
    this.colour = colour;
    this.elements = new Map(); // of items, by item
    this.middles = new Map();
    this.edges = []; // { element, links }
    this.marks = []; // { element, item, host }
  }

  /** The content of an open group, its left upper corner at (x, y). */
  content(group, x, y) {
    const { places, links, ports, aside, height } = layoutOf(group);
    const layer = svg("g");
    if (aside) {
      layer.append(svg("rect", {
        class: "aside", x: x + aside.x, y: y + 2, width: aside.width, height: Math.max(40, height - 4), rx: 8,
      }));
    }
    for (const one of links.drawn) layer.append(this.edge(one, x, y));
    for (const port of ports) layer.append(svg("circle", { class: "port", cx: x + port.x, cy: y + port.y, r: 3 }));
    for (const [child, place] of places) {
      if (place.x === undefined) continue;
      layer.append(this.item(child, place, x + place.x, y + place.y, links.marks.get(child)));
    }
    return layer;
  }

  edge(bundle, x, y) {
    const size = bundle.links.reduce((most, link) => Math.max(most, tensorOf(link).size), 0);
    const isControl = bundle.links.every((link) => link.slot < 0);
    const points = bundle.points.map((point) => ({ x: point.x + x, y: point.y + y }));
    const path = smooth(points);
    const width = isControl ? 1 : 1 + Math.min(4, Math.log10(1 + size) / 2);
    const element = svg("g", { class: isControl ? "edge control" : "edge" },
      svg("path", { class: "hit", d: path }),
      svg("path", { class: "line", d: path, "stroke-width": width.toFixed(2), "marker-end": "url(#arrow)" }));
    if (bundle.label) {
      const middle = points[points.length >> 1];
      element.append(svg("text", { class: "shape", x: middle.x, y: middle.y + 3 }, bundle.label));
    }
    element.append(svg("title", {}, this.edgeTitle(bundle)));
    this.edges.push({ element, links: bundle.links });
    return element;
  }

  edgeTitle({ links }) {
    const lines = links.slice(0, 12).map((link) => `${tensorName(link)}  ${tensorOf(link).text}  →  ${link.target.name}`);
    if (links.length > 12) lines.push(`… ${links.length - 12} more`);
    return lines.join("\n");
  }

  item(item, place, x, y, marks) {
    const isOpen = item.isGroup && item.isOpen;
    const middle = x + place.shift;
    const { width, height } = place.core;
    const left = middle - width / 2;
    const top = y - height / 2;
    const element = svg("g", {
      class: `item ${item.isGroup ? "group" : "leaf"} ${item.kind}${isOpen ? " open" : ""}`,
      tabindex: 0, role: "button", "data-name": item.name, "aria-label": ariaOf(item),
      ...(item.isGroup ? { "aria-expanded": String(item.isOpen) } : {}),
    });
    element.append(this.outline(item, left, top, width, height, isOpen));
    if (isOpen) {
      element.append(svg("text", { class: "title", x: middle, y: top + 17 }, shortened(item.label, 40)));
      element.append(this.handle(left + 14, top + 13, "−"));
    } else {
      const subtitle = subtitleOf(item);
      const centre = item.isGroup ? middle - 7 : middle; // the handle is at the right
      element.append(svg("text", { class: "title", x: centre, y: y + (subtitle ? -2 : 4) }, shortened(item.label)));
      if (subtitle) element.append(svg("text", { class: "subtitle", x: centre, y: y + 11 }, subtitle));
      if (item.isGroup) element.append(this.handle(left + width - 13, y, "+"));
    }
    element.append(svg("title", {}, `${item.name || item.label}\n${item.isGroup ? structureOf(item) : item.node.type}`));
    this.elements.set(item, element);
    this.middles.set(item, { x: middle, y, top, width, height });
    const layer = svg("g", {}, element);
    if (isOpen) {
      const inner = layoutOf(item);
      layer.append(this.content(item, middle - inner.width / 2, top + SIZE.header));
    }
    layer.append(...this.sides(item, marks.before, left - 6, y, -1), ...this.sides(item, marks.after, left + width + 6, y, 1));
    return layer;
  }

  outline(item, x, y, width, height, isOpen) {
    const fill = isOpen ? null : this.colour(item);
    const line = DATA.kinds[item.kind]?.line;
    const style = `${fill ? `fill:${fill};` : ""}${line ? `stroke:${line}` : ""}`;
    if (!item.isGroup && (item.kind === "placeholder" || item.kind === "output")) {
      const cut = 9;
      const points = `${x},${y} ${x + width},${y} ${x + width - cut},${y + height} ${x + cut},${y + height}`;
      return svg("polygon", { class: "shape-of", points, style });
    }
    const rx = item.isGroup ? 7 : item.kind === "variable" ? 4 : height / 2;
    const rect = svg("rect", { class: "shape-of", x, y, width, height, rx, style });
    if (!item.isGroup || isOpen) return rect;
    // A closed group looks like a pile.
    return svg("g", {}, svg("rect", { class: "pile", x: x + 3, y: y + 3, width, height, rx, style }), rect);
  }

  handle(x, y, sign) {
    return svg("g", { class: "handle", "data-handle": "1" },
      svg("circle", { cx: x, cy: y, r: 7 }), svg("text", { x, y: y + 4 }, sign));
  }

  /** Marks for what is tied to an item and not linked by a line. */
  sides(host, marks, x, y, side) {
    const shown = marks.slice(0, marks.length > MOST_MARKS + 1 ? MOST_MARKS : MOST_MARKS + 1);
    const rest = marks.length - shown.length;
    const count = shown.length + (rest ? 1 : 0);
    const start = y - ((count - 1) * SIZE.mark) / 2;
    const elements = shown.map((mark, at) => {
      const element = markElement(markText(mark), x, start + at * SIZE.mark, side, mark.item.kind);
      element.append(svg("title", {}, this.edgeTitle(mark)));
      this.marks.push({ element, item: mark.item, host });
      return element;
    });
    if (rest) elements.push(markElement(`${rest} more`, x, start + shown.length * SIZE.mark, side, "more"));
    return elements;
  }
}

function markElement(text, x, y, side, kind) {
  const label = shortened(text, 16);
  const width = Math.min(SIZE.markWidth, label.length * SIZE.smallLetter + 10);
  const left = side < 0 ? x - width - 8 : x + 8;
  const line = DATA.kinds[kind]?.line ?? "#888";
  return svg("g", { class: "mark" },
    svg("line", { x1: x - side * 6, y1: y, x2: x + side * 8, y2: y, style: `stroke:${line}` }),
    svg("rect", { x: left, y: y - 6.5, width, height: 13, rx: 6, style: `stroke:${line}` }),
    svg("text", { x: left + width / 2, y: y + 3.5 }, label));
}

function markText({ item }) {
  const value = item.node?.type === "Const" ? item.node.attributes.value : undefined;
  if (value !== undefined && value.length <= 9) return `${item.label} = ${value}`;
  return item.label;
}

function ariaOf(item) {
  return item.isGroup ? `scope ${item.name}, ${operations(item.leaves.length)}` : `${item.node.type} ${item.name}`;
}

/** A smooth curve through the middles between points. */
function smooth(points) {
  const [first, ...rest] = points;
  if (rest.length < 2) return `M${first.x},${first.y}L${rest.map(({ x, y }) => `${x},${y}`).join("L")}`;
  let path = `M${first.x},${first.y}`;
  for (let at = 0; at < rest.length - 1; at += 1) {
    const [here, next] = [rest[at], rest[at + 1]];
    const isLast = at === rest.length - 2;
    const end = isLast ? next : { x: (here.x + next.x) / 2, y: (here.y + next.y) / 2 };
    path += `Q${here.x},${here.y} ${end.x},${end.y}`;
  }
  return path;
}
