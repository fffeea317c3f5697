// The view: what is open, selected and shown, and what mouse and keys do.

const DATA = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const ZOOM = { least: 0.02, most: 4, step: 1.25, wheel: 0.0015 };
const PAN_STEP = 60;

class View {
  constructor() {
    this.canvas = byId("canvas");
    this.scene = byId("scene");
    this.place = { x: 0, y: 0, scale: 1 };
    byId("title").textContent = DATA.title;
    DATA.graphs.forEach((graph, number) => {
      const name = graph.name || "main graph";
      byId("graphs").append(element("option", { value: number, textContent: `${name} (${graph.nodes.length})` }));
    });
    byId("graphs").hidden = DATA.graphs.length < 2;
    listen(this);
    this.showGraph(0);
    this.selectFirst();
  }

  /** Show the graph, or the body of a function. */
  showGraph(number) {
    byId("graphs").value = String(number);
    const { root, leaves } = buildTree(DATA.graphs[number].nodes);
    this.root = root;
    this.leaves = leaves;
    connect(leaves);
    this.byName = new Map(leaves.map((leaf) => [leaf.name, leaf]));
    this.colourings = colourings(leaves);
    byId("colouring").replaceChildren(
      ...this.colourings.map(({ name }) => element("option", { value: name, textContent: name })));
    this.colouring = this.colourings[0];
    this.selected = null;
    this.redraw();
    this.tell();
    this.fit();
  }

  redraw() {
    const drawing = new Drawing((item) => this.colouring.colour(item));
    this.scene.replaceChildren(drawing.content(this.root, 0, 0));
    this.drawing = drawing;
    this.mark();
    byId("legend").replaceChildren(...legendOf(this.colouring, this.leaves));
  }

  move() {
    const { x, y, scale } = this.place;
    this.scene.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
  }

  // --- zoom and pan

  fit() {
    const { width, height } = layoutOf(this.root);
    const { clientWidth, clientHeight } = this.canvas;
    const scale = Math.min(1.4, (clientWidth - 40) / Math.max(1, width), (clientHeight - 40) / Math.max(1, height));
    this.place.scale = Math.max(ZOOM.least, scale);
    this.place.x = (clientWidth - width * this.place.scale) / 2;
    this.place.y = Math.max(20, (clientHeight - height * this.place.scale) / 2);
    this.move();
    this.isFitted = true;
  }

  /** Zoom by a factor; the point (x, y) of the canvas stays where it is. */
  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2) {
    const { place } = this;
    const scale = Math.min(ZOOM.most, Math.max(ZOOM.least, place.scale * factor));
    place.x = x - ((x - place.x) * scale) / place.scale;
    place.y = y - ((y - place.y) * scale) / place.scale;
    place.scale = scale;
    this.isFitted = false;
    this.move();
  }

  pan(x, y) {
    this.place.x += x;
    this.place.y += y;
    this.isFitted = false;
    this.move();
  }

  /** Bring an item to the middle of the canvas, large enough to be read. */
  centre(item) {
    const middle = this.drawing.middles.get(item);
    if (!middle) return;
    const { clientWidth, clientHeight } = this.canvas;
    const fitting = Math.min(clientWidth / (middle.width + 80), clientHeight / (middle.height + 80));
    this.place.scale = Math.min(Math.max(this.place.scale, 0.8), Math.max(fitting, 0.1));
    this.place.x = clientWidth / 2 - middle.x * this.place.scale;
    this.place.y = clientHeight / 2 - middle.y * this.place.scale;
    this.isFitted = false;
    this.move();
  }

  // --- scopes

  /** Open or close a group; its upper edge stays where it is. */
  toggle(group) {
    const before = this.drawing.middles.get(group);
    group.isOpen = !group.isOpen;
    forgetLayout(group);
    this.redraw();
    const after = this.drawing.middles.get(group);
    if (before && after) {
      this.pan((before.x - after.x) * this.place.scale, (before.top - after.top) * this.place.scale);
    }
    this.tell();
    this.drawing.elements.get(group)?.focus({ preventScroll: true });
  }

  /** Open or close all groups. */
  toggleAll(isOpen) {
    const visit = (item) => {
      if (!item.isGroup) return;
      item.layout = null;
      item.children.forEach(visit);
      item.isOpen = isOpen;
    };
    this.root.children.forEach(visit);
    this.root.layout = null;
    this.redraw();
    this.fit();
    this.tell();
  }

  /** Pull an item aside, or put it into the flow. */
  pull(item, isAside) {
    item.wish = isAside;
    forgetLayout(item);
    this.redraw();
    this.centre(item);
    this.tell();
  }

  /** Open what is around an item, select it and bring it to the middle. */
  reveal(item) {
    for (const around of item.path.slice(0, -1)) {
      if (!around.isOpen) {
        around.isOpen = true;
        forgetLayout(around);
      }
    }
    if (layoutOf(item.parent).links.pulled.get(item) === "constant") {
      item.wish = false; // those stand as marks beside what they belong to
      forgetLayout(item);
    }
    this.redraw();
    this.select(item);
    this.centre(item);
  }

  // --- selection

  select(item) {
    this.selected = item;
    this.mark();
    this.tell();
    if (item && window.self === window.top) history.replaceState(null, "", `#${encodeURIComponent(item.name)}`);
  }

  /** Select what the address names, or else what the page was made for. */
  selectFirst() {
    const item = this.byName.get(decodeURIComponent(location.hash.slice(1)) || DATA.selected);
    if (item) this.reveal(item);
  }

  /** Mark what is selected, and what a fetch of it needs. */
  mark() {
    const { selected, drawing } = this;
    this.needs = selected ? needsOf(selected) : new Set();
    this.scene.classList.toggle("highlights", selected !== null);
    const isNeeded = (item) => item.leaves.some((leaf) => this.needs.has(leaf));
    for (const [item, one] of drawing.elements) {
      one.classList.toggle("selected", item === selected);
      one.classList.toggle("needed", isNeeded(item));
    }
    for (const { element: one, links } of drawing.edges) {
      one.classList.toggle("needed", links.some((link) => this.needs.has(link.target)));
      one.classList.toggle("near", selected !== null
        && links.some((link) => selected.leaves.includes(link.source) || selected.leaves.includes(link.target)));
    }
    for (const { element: one, item, host } of drawing.marks) {
      one.classList.toggle("needed", isNeeded(item) && isNeeded(host));
    }
  }

  /** Fill the panel. */
  tell() {
    const { selected } = this;
    const details = byId("details");
    if (selected) {
      details.replaceChildren(...inspect(selected, this.needs, this));
      byId("status").textContent = `${ariaOf(selected)}, needs ${this.needs.size} operations`;
      return;
    }
    const number = byId("graphs").selectedIndex;
    details.replaceChildren(
      element("h2", { textContent: DATA.graphs[number].name || DATA.title }),
      element("p", { className: "what", textContent: operations(this.leaves.length) }),
      element("p", { className: "hint", textContent: "Click an operation or a scope to see what a fetch of it"
        + " needs. Double click a scope, or click its + and −, to open and close it. Drag to move, turn the wheel"
        + " to zoom. Keys: / searches, 0 shows all, + and − zoom, arrows move, Enter opens." }));
  }

  colourBy(name) {
    this.colouring = this.colourings.find((one) => one.name === name);
    this.redraw();
  }
}
