// Mouse, keys, and the search.

const MOST_HITS = 60;

function listen(view) {
  listenToButtons(view);
  listenToMouse(view);
  listenToKeys(view);
  new Search(view);
  // The panel grows and shrinks, and so does the window: whoever sees all goes on seeing all.
  new ResizeObserver(() => { if (view.isFitted) view.fit(); }).observe(view.canvas);
}

function listenToButtons(view) {
  byId("in").onclick = () => view.zoom(ZOOM.step);
  byId("out").onclick = () => view.zoom(1 / ZOOM.step);
  byId("fit").onclick = () => view.fit();
  byId("open-all").onclick = () => view.toggleAll(true);
  byId("close-all").onclick = () => view.toggleAll(false);
  byId("graphs").onchange = (event) => view.showGraph(Number(event.target.value));
  byId("colouring").onchange = (event) => view.colourBy(event.target.value);
}

/** What is drawn at the place of an event: `{ item, isHandle }`. */
function hitOf(view, event) {
  const mark = event.target.closest(".mark");
  if (mark) return { item: view.drawing.marks.find(({ element: one }) => one === mark)?.item, isMark: true };
  const drawn = event.target.closest(".item");
  const item = [...view.drawing.elements].find(([, one]) => one === drawn)?.[0];
  return { item, isHandle: event.target.closest(".handle") !== null };
}

function listenToMouse(view) {
  const { canvas } = view;
  let held = null; // where the pointer went down
  let hasMoved = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    held = { x: event.clientX, y: event.clientY };
    hasMoved = false;
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [x, y] = [event.clientX - held.x, event.clientY - held.y];
    if (!hasMoved && Math.hypot(x, y) < 4) return;
    if (!hasMoved) canvas.setPointerCapture(event.pointerId);
    hasMoved = true;
    canvas.classList.add("moving");
    view.pan(x, y);
    held = { x: event.clientX, y: event.clientY };
  });
  const release = () => {
    held = null;
    canvas.classList.remove("moving");
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("click", (event) => {
    if (hasMoved) return;
    const { item, isHandle, isMark } = hitOf(view, event);
    if (isHandle) view.toggle(item);
    else if (isMark && item) view.reveal(item);
    else if (!isMark && event.detail < 2) view.select(item ?? null);
  });
  canvas.addEventListener("dblclick", (event) => {
    const { item, isHandle } = hitOf(view, event);
    if (item?.isGroup && !isHandle) view.toggle(item);
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    view.zoom(Math.exp(-event.deltaY * ZOOM.wheel), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
}

function listenToKeys(view) {
  const actions = {
    "+": () => view.zoom(ZOOM.step),
    "=": () => view.zoom(ZOOM.step),
    "-": () => view.zoom(1 / ZOOM.step),
    "0": () => view.fit(),
    "/": () => byId("search").focus(),
    Escape: () => view.select(null),
    ArrowLeft: () => view.pan(PAN_STEP, 0),
    ArrowRight: () => view.pan(-PAN_STEP, 0),
    ArrowUp: () => view.pan(0, PAN_STEP),
    ArrowDown: () => view.pan(0, -PAN_STEP),
  };
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select, button") || event.ctrlKey || event.metaKey || event.altKey) return;
    const focused = [...view.drawing.elements].find(([, one]) => one === document.activeElement)?.[0];
    if (focused && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      if (focused.isGroup && view.selected === focused) view.toggle(focused);
      else view.select(focused);
    } else if (actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    }
  });
}

/** The field that finds operations and scopes, and the list below it. */
class Search {
  constructor(view) {
    this.view = view;
    this.field = byId("search");
    this.list = byId("hits");
    this.hits = [];
    this.current = -1;
    this.field.addEventListener("input", () => this.find());
    this.field.addEventListener("focus", () => this.find());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => setTimeout(() => { this.list.hidden = true; }, 150));
  }

  key(event) {
    if (event.key === "Escape") {
      this.field.value = "";
      this.field.blur();
    } else if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      this.go(event.shiftKey ? -1 : 1);
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      this.go(-1);
    }
  }

  find() {
    const text = this.field.value.trim();
    const test = text ? tester(text) : () => false;
    this.hits = text ? [...groupsOf(this.view.root), ...this.view.leaves].filter(test) : [];
    this.current = -1;
    this.show(text);
  }

  go(step) {
    if (!this.hits.length) return;
    this.current = (this.current + step + this.hits.length) % this.hits.length;
    this.view.reveal(this.hits[this.current]);
    this.show(this.field.value);
  }

  show(text) {
    const first = Math.max(0, Math.min(this.current - 5, this.hits.length - MOST_HITS));
    const lines = this.hits.slice(first, first + MOST_HITS).map((item, at) => {
      const what = item.isGroup ? `scope of ${item.leaves.length}` : item.node.type;
      const line = element("li", { role: "option" }, item.name, element("small", { textContent: what }));
      line.classList.toggle("current", first + at === this.current);
      line.onmousedown = () => {
        this.current = first + at;
        this.view.reveal(item);
      };
      return line;
    });
    if (this.hits.length > MOST_HITS) lines.push(element("li", {}, element("small", { textContent: `${this.hits.length} found` })));
    if (text && !this.hits.length) lines.push(element("li", {}, element("small", { textContent: "nothing found" })));
    this.list.replaceChildren(...lines);
    this.list.hidden = !text;
  }
}

/** A function that tells whether an item is what a text searches for. */
function tester(text) {
  const expression = /^\/(.+?)\/?$/.exec(text);
  if (expression) {
    try {
      const pattern = new RegExp(expression[1], "i");
      return (item) => pattern.test(item.name) || (item.node && pattern.test(item.node.type));
    } catch {
      return () => false; // not finished yet
    }
  }
  const wanted = text.toLowerCase();
  return (item) => item.name.toLowerCase().includes(wanted) || item.node?.type.toLowerCase().includes(wanted);
}

function groupsOf(item) {
  if (!item.isGroup) return [];
  const inner = item.children.flatMap(groupsOf);
  return item.parent && !item.isChunk ? [item, ...inner] : inner;
}
