const data = JSON.parse(document.getElementById("data").textContent);
document.getElementById("title").textContent = data.title;
document.getElementById("summary").textContent = data.summary;
const boxes = data.boxes;
const canvas = document.getElementById("canvas");
const brush = canvas.getContext("2d");
const stage = document.getElementById("stage");
const tooltip = document.getElementById("tooltip");
const details = document.getElementById("details");
const search = document.getElementById("search");
const hint = details.innerHTML;

const LEFT = 160, RIGHT = 12, AXIS = 28, ROW = 30, INNER = 20, GAP = 14, LEAST = 0.7;
const INK = "#222", FAINT = "#666", CRITICAL = "#B2182B", BEFORE = "#1F6FB2", AFTER = "#1B7F63";

const isCritical = new Set(data.critical);
const users = boxes.map(() => []);
boxes.forEach((box, index) => box.after.forEach((other) => users[other].push(index)));

// Rows: for each lane one for steps, and one for each level of bodies.
const rows = data.lanes.map((lane) => Array.from({ length: lane.levels + 1 }, () => []));
boxes.forEach((box, index) => rows[box.lane][box.level].push(index));
const tops = [];
let bottom = AXIS + 8;
data.lanes.forEach((lane) => {
  tops.push(bottom);
  bottom += ROW + lane.levels * INNER + GAP;
});

const state = { from: 0, to: data.span, hovered: -1, kept: -1, matches: null, match: -1 };
let width = 0;

const scale = () => (width - LEFT - RIGHT) / (state.to - state.from);
const xOf = (time) => LEFT + (time - state.from) * scale();
const timeAt = (x) => state.from + (x - LEFT) / scale();
const topOf = (box) => tops[box.lane] + (box.level ? ROW + (box.level - 1) * INNER : 0);
const heightOf = (box) => (box.level ? INNER : ROW) - 4;

function text(micros) {
  const digits = (value) => (value >= 999.5 ? value.toFixed(0) : String(+value.toPrecision(3)));
  if (micros >= 999500) return digits(micros / 1e6) + " s";
  if (micros >= 999.5) return digits(micros / 1e3) + " ms";
  return digits(micros) + " µs";
}

function shortened(label, room) {
  if (brush.measureText(label).width <= room) return label;
  let length = Math.floor(room / 6);
  while (length > 1 && brush.measureText(label.slice(0, length) + "…").width > room) length--;
  return length > 1 ? label.slice(0, length) + "…" : "";
}

// -- drawing ------------------------------------------------------------------------------------

function resize() {
  const ratio = window.devicePixelRatio || 1;
  width = stage.clientWidth;
  const height = Math.max(bottom, stage.clientHeight - 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = width + "px";
  canvas.style.height = height + "px";
  brush.setTransform(ratio, 0, 0, ratio, 0, 0);
  draw();
}

function draw() {
  brush.clearRect(0, 0, width, canvas.height);
  drawGrid();
  brush.save();
  brush.beginPath();
  brush.rect(LEFT, 0, width - LEFT - RIGHT + 1, canvas.height);
  brush.clip();
  data.lanes.forEach((lane, number) => {
    brush.fillStyle = "#F4F5F7";
    const start = xOf(0);
    brush.fillRect(start, tops[number], xOf(data.span) - start, ROW + lane.levels * INNER);
    rows[number].forEach(drawRow);
  });
  if (document.getElementById("critical").checked) drawPath();
  const shown = state.hovered >= 0 ? state.hovered : state.kept;
  if (shown >= 0) drawCauses(shown);
  brush.restore();
  drawNames();
}

function drawGrid() {
  const span = state.to - state.from;
  const most = Math.max(2, (width - LEFT) / 110);
  const power = Math.pow(10, Math.floor(Math.log10(span / most)));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s * most >= span);
  brush.font = "11px Helvetica, Arial, sans-serif";
  brush.textAlign = "center";
  for (let tick = Math.ceil(state.from / step) * step; tick <= state.to; tick += step) {
    const x = xOf(tick);
    if (x < LEFT - 1) continue;
    brush.fillStyle = "#D9DCE1";
    brush.fillRect(x, AXIS - 6, 1, bottom - AXIS);
    brush.fillStyle = FAINT;
    brush.fillText(Math.abs(tick) < step / 1e6 ? "0" : text(tick), x, AXIS - 12);
  }
  brush.textAlign = "left";
}

/** The place in a row of the first box that ends after a time. */
function firstAfter(row, time) {
  let low = 0, high = row.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (boxes[row[middle]].end < time) low = middle + 1; else high = middle;
  }
  return low;
}

function drawRow(row) {
  let blob = null;
  const flush = () => {
    if (!blob) return;
    const length = Math.max(blob.end - blob.x, LEAST);
    // Paler where little happened between the ends.
    const density = 0.25 + 0.75 * Math.min(1, blob.busy / (blob.end - blob.x));
    fill(boxes[blob.index], blob.x, length, density * (blob.dim ? 0.25 : 1));
    blob = null;
  };
  for (let place = firstAfter(row, state.from); place < row.length; place++) {
    const index = row[place], box = boxes[index];
    if (box.start > state.to) break;
    const x = xOf(box.start), end = xOf(box.end);
    const dim = state.matches !== null && !state.matches.has(index);
    if (end - x < LEAST && !isMarked(index)) {
      // Narrow neighbours are one: a run may have many thousand steps.
      if (blob && x - blob.end < LEAST) {
        blob.end = end;
        blob.busy += end - x;
        blob.dim = blob.dim && dim;
      } else {
        flush();
        blob = { index, x, end, busy: end - x, dim };
      }
      continue;
    }
    flush();
    drawBox(box, index, x, end - x, dim);
  }
  flush();
}

const isMarked = (index) =>
  index === state.hovered || index === state.kept || (state.matches && state.matches.has(index));

function fill(box, x, boxWidth, alpha) {
  brush.globalAlpha = alpha;
  brush.fillStyle = data.types[box.type].color;
  brush.fillRect(x, topOf(box) + 2, boxWidth, heightOf(box));
  brush.globalAlpha = 1;
}

function drawBox(box, index, x, boxWidth, dim) {
  const inset = boxWidth > 6 ? 1 : 0;
  fill(box, x, Math.max(boxWidth - inset, 1), dim ? 0.25 : 1);
  const top = topOf(box) + 2, height = heightOf(box);
  const showsPath = document.getElementById("critical").checked && isCritical.has(index);
  if (showsPath || isMarked(index)) {
    brush.lineWidth = isMarked(index) ? 2.4 : 1.6;
    brush.strokeStyle = isMarked(index) ? INK : CRITICAL;
    brush.strokeRect(x + 0.8, top + 0.8, Math.max(boxWidth - inset - 1.6, 0.5), height - 1.6);
  }
  if (boxWidth < 26) return;
  const left = Math.max(x, LEFT), room = Math.min(x + boxWidth, width - RIGHT) - left - 8;
  brush.font = (box.level ? 10 : 11.5) + "px Helvetica, Arial, sans-serif";
  const last = box.name.split("/").pop();
  const label = brush.measureText(box.name).width <= room ? box.name : shortened(last, room);
  brush.fillStyle = dim ? "#999" : INK;
  brush.textAlign = "center";
  brush.fillText(label, left + 4 + room / 2, top + height / 2 + 4);
  brush.textAlign = "left";
}

const middleOf = (box) => topOf(box) + 2 + heightOf(box) / 2;

function drawPath() {
  brush.strokeStyle = CRITICAL;
  brush.lineWidth = 1.4;
  for (let place = 1; place < data.critical.length; place++) {
    const before = boxes[data.critical[place - 1]], after = boxes[data.critical[place]];
    const x = xOf(before.end), to = xOf(after.start);
    const isSame = before.lane === after.lane;
    if (isSame && to - x < 2) continue;
    // On one lane below the boxes between, whose names are to be read.
    const low = tops[before.lane] + ROW - 1.5;
    brush.beginPath();
    brush.moveTo(x, isSame ? low : middleOf(before));
    brush.lineTo(to, isSame ? low : middleOf(after));
    brush.stroke();
  }
}

function drawCauses(index) {
  boxes[index].after.forEach((other) => drawArrow(boxes[other], boxes[index], BEFORE));
  users[index].forEach((other) => drawArrow(boxes[index], boxes[other], AFTER));
}

function drawArrow(source, target, color) {
  const x = xOf(source.end), y = middleOf(source), to = xOf(target.start), end = middleOf(target);
  const bend = Math.max(18, Math.abs(to - x) / 3);
  brush.strokeStyle = brush.fillStyle = color;
  brush.lineWidth = 1.8;
  brush.beginPath();
  brush.moveTo(x, y);
  const rise = source.lane === target.lane && to - x > 8 ? ROW : 0; // or it would hide the boxes between
  brush.bezierCurveTo(x + bend, y - rise, to - bend, end - rise, to, end);
  brush.stroke();
  brush.beginPath();
  brush.moveTo(to + 1, end);
  brush.lineTo(to - 7, end - 4);
  brush.lineTo(to - 7, end + 4);
  brush.fill();
  outline(source, color);
  outline(target, color);
}

function outline(box, color) {
  brush.strokeStyle = color;
  brush.lineWidth = 2;
  const x = xOf(box.start);
  brush.strokeRect(x, topOf(box) + 2, Math.max(xOf(box.end) - x, 1.5), heightOf(box));
}

function drawNames() {
  data.lanes.forEach((lane, number) => {
    brush.font = "12px Helvetica, Arial, sans-serif";
    brush.fillStyle = INK;
    brush.textAlign = "right";
    brush.fillText(shortened(lane.name, LEFT - 24), LEFT - 10, tops[number] + 14);
    brush.font = "10.5px Helvetica, Arial, sans-serif";
    brush.fillStyle = FAINT;
    brush.fillText(lane.idle, LEFT - 10, tops[number] + 28);
    brush.textAlign = "left";
  });
}

// -- moving ---------------------------------------------------------------------------------------

function show(from, to) {
  const least = Math.min(0.05, data.span / 2);
  const span = Math.min(Math.max(to - from, least), data.span * 1.1);
  const start = Math.min(Math.max(from, -0.05 * data.span), data.span * 1.05 - span);
  state.from = start;
  state.to = start + span;
  draw();
}

function zoom(factor, time) {
  const at = time === undefined ? (state.from + state.to) / 2 : time;
  show(at - (at - state.from) * factor, at + (state.to - at) * factor);
}

const move = (part) => {
  const by = (state.to - state.from) * part;
  show(state.from + by, state.to + by);
};

function fillWith(index) {
  const box = boxes[index], margin = Math.max((box.end - box.start) * 0.1, 0.05);
  show(box.start - margin, box.end + margin);
}

function bringIntoView(index) {
  const box = boxes[index], span = state.to - state.from;
  if (box.start < state.from || box.end > state.to) {
    const middle = (box.start + box.end) / 2;
    const half = Math.max(span / 2, (box.end - box.start) * 0.6);
    show(middle - half, middle + half);
  }
  const y = topOf(box);
  if (y < stage.scrollTop) stage.scrollTop = Math.max(0, y - AXIS - 8);
  if (y + ROW > stage.scrollTop + stage.clientHeight) stage.scrollTop = y + ROW - stage.clientHeight;
}

// -- what is under the pointer ----------------------------------------------------------------------

function boxAt(x, y) {
  if (x < LEFT || x > width - RIGHT) return -1;
  const time = timeAt(x), near = 3 / scale();
  for (let lane = 0; lane < rows.length; lane++) {
    for (let level = 0; level < rows[lane].length; level++) {
      const row = rows[lane][level];
      const top = tops[lane] + (level ? ROW + (level - 1) * INNER : 0);
      if (!row.length || y < top || y > top + (level ? INNER : ROW)) continue;
      let best = -1, distance = near;
      for (let place = firstAfter(row, time - near); place < row.length; place++) {
        const box = boxes[row[place]];
        if (box.start > time + near) break;
        if (box.start <= time && time <= box.end) return row[place];
        const gap = Math.max(box.start - time, time - box.end);
        if (gap < distance) { distance = gap; best = row[place]; }
      }
      return best;
    }
  }
  return -1;
}

function describe(index) {
  details.replaceChildren();
  if (index < 0) {
    details.innerHTML = hint;
    return;
  }
  const box = boxes[index];
  const heading = document.createElement("h2");
  heading.textContent = box.name;
  const facts = document.createElement("div");
  facts.style.whiteSpace = "pre-line";
  facts.textContent = box.facts.split("\n").slice(1).join("\n");
  const kind = document.createElement("div");
  kind.textContent = data.types[box.type].name + (isCritical.has(index) ? " · critical path" : "");
  kind.className = "faint";
  details.append(heading, kind, facts, links("waited for", box.after), links("used by", users[index]));
}

function links(title, indices) {
  const list = document.createElement("dl");
  if (!indices.length) return list;
  const term = document.createElement("dt");
  term.textContent = title;
  list.append(term);
  indices.slice(0, 40).forEach((index) => {
    const item = document.createElement("dd"), link = document.createElement("a");
    link.textContent = boxes[index].name;
    link.addEventListener("click", () => keep(index));
    item.append(link, ` ${text(boxes[index].end - boxes[index].start)}`);
    list.append(item);
  });
  if (indices.length > 40) {
    const more = document.createElement("dd");
    more.textContent = `and ${indices.length - 40} more`;
    list.append(more);
  }
  return list;
}

function keep(index) {
  state.kept = index;
  if (index >= 0) bringIntoView(index);
  describe(index);
  draw();
}

function hover(index, event) {
  tooltip.hidden = index < 0;
  if (index >= 0) {
    tooltip.textContent = boxes[index].facts;
    const x = Math.min(event.clientX + 14, window.innerWidth - tooltip.offsetWidth - 8);
    const below = event.clientY + 18 + tooltip.offsetHeight < window.innerHeight;
    tooltip.style.left = Math.max(4, x) + "px";
    tooltip.style.top = (below ? event.clientY + 18 : event.clientY - tooltip.offsetHeight - 10) + "px";
  }
  if (index === state.hovered) return;
  state.hovered = index;
  canvas.style.cursor = index >= 0 ? "pointer" : "default";
  draw();
}

// -- search -------------------------------------------------------------------------------------------

function find() {
  const wanted = search.value.trim().toLowerCase();
  const status = document.getElementById("matches");
  state.match = -1;
  if (!wanted) {
    state.matches = null;
    status.textContent = "";
  } else {
    const fits = (box) =>
      box.name.toLowerCase().includes(wanted) ||
      data.types[box.type].name.toLowerCase().includes(wanted) ||
      box.fuses.toLowerCase().includes(wanted);
    state.matches = new Set(boxes.map((_, index) => index).filter((index) => fits(boxes[index])));
    status.textContent = state.matches.size ? `${state.matches.size} found` : "none found";
  }
  draw();
}

function nextMatch(step) {
  if (!state.matches || !state.matches.size) return;
  const found = [...state.matches];
  state.match = (state.match + step + found.length) % found.length;
  document.getElementById("matches").textContent = `${state.match + 1} of ${found.length}`;
  keep(found[state.match]);
}

function alongPath(step) {
  const place = data.critical.indexOf(state.kept);
  const next = place < 0 ? (step > 0 ? 0 : data.critical.length - 1) : place + step;
  if (next >= 0 && next < data.critical.length) keep(data.critical[next]);
}

// -- events ---------------------------------------------------------------------------------------------

let dragged = null;
canvas.addEventListener("mousedown", (event) => {
  dragged = { x: event.clientX, from: state.from, to: state.to, moved: false };
});
window.addEventListener("mousemove", (event) => {
  const frame = canvas.getBoundingClientRect();
  if (dragged) {
    const by = event.clientX - dragged.x;
    dragged.moved = dragged.moved || Math.abs(by) > 3;
    if (dragged.moved) {
      const time = by / scale();
      hover(-1, event);
      show(dragged.from - time, dragged.to - time);
      return;
    }
  }
  const isOver = event.target === canvas;
  hover(isOver ? boxAt(event.clientX - frame.left, event.clientY - frame.top) : -1, event);
});
window.addEventListener("mouseup", (event) => {
  const was = dragged;
  dragged = null;
  if (!was || was.moved || event.target !== canvas) return;
  const frame = canvas.getBoundingClientRect();
  keep(boxAt(event.clientX - frame.left, event.clientY - frame.top));
  canvas.focus({ preventScroll: true });
});
canvas.addEventListener("dblclick", (event) => {
  const frame = canvas.getBoundingClientRect();
  const index = boxAt(event.clientX - frame.left, event.clientY - frame.top);
  if (index >= 0) fillWith(index); else show(0, data.span);
});
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const frame = canvas.getBoundingClientRect();
  if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) move(event.deltaX / (width - LEFT));
  else if (event.shiftKey) stage.scrollTop += event.deltaY;
  else zoom(Math.pow(1.0016, event.deltaY), timeAt(event.clientX - frame.left));
}, { passive: false });

const KEYS = {
  ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2), a: () => move(-0.2), d: () => move(0.2),
  "+": () => zoom(0.7), "=": () => zoom(0.7), w: () => zoom(0.7), "-": () => zoom(1 / 0.7),
  s: () => zoom(1 / 0.7), 0: () => show(0, data.span), Home: () => show(0, data.span),
  n: () => alongPath(1), p: () => alongPath(-1), Enter: () => nextMatch(1),
  f: () => state.kept >= 0 && fillWith(state.kept), "/": () => search.focus(),
  Escape: () => { search.value = ""; find(); keep(-1); },
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target === search) {
    if (event.key === "Enter") nextMatch(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") { KEYS.Escape(); search.blur(); }
    return;
  }
  if (event.target.tagName === "BUTTON" && event.key === "Enter") return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
search.addEventListener("input", find);
document.getElementById("in").addEventListener("click", () => zoom(0.7));
document.getElementById("out").addEventListener("click", () => zoom(1 / 0.7));
document.getElementById("fit").addEventListener("click", () => show(0, data.span));
document.getElementById("critical").addEventListener("change", draw);
window.addEventListener("resize", resize);

const legend = document.getElementById("legend");
data.types.forEach((type) => {
  const entry = document.createElement("span"), patch = document.createElement("i");
  patch.style.background = type.color;
  entry.append(patch, `${type.name} ${type.share}`);
  entry.title = "search for this type";
  entry.addEventListener("click", () => { search.value = type.name; find(); });
  if (type.isNamed) legend.append(entry);
});

// For tests: where a box is on the screen, and what is shown.
window.timeline = {
  place(name) {
    const box = boxes.find((item) => item.name === name);
    const frame = canvas.getBoundingClientRect();
    const x = (Math.max(xOf(box.start), LEFT) + Math.min(xOf(box.end), width - RIGHT)) / 2;
    return [frame.left + x, frame.top + middleOf(box)];
  },
  view: () => [state.from, state.to],
  kept: () => (state.kept < 0 ? "" : boxes[state.kept].name),
  hovered: () => (state.hovered < 0 ? "" : boxes[state.hovered].name),
};
resize();
