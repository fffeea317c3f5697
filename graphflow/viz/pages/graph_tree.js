// The tree of name scopes: items are operations (leaves) and groups of them.

/** So many children are laid out together at most; more are put into groups by their order. */
const MOST_CHILDREN = 40;
/** Kinds that are pulled aside, away from the model. */
const ASIDE_KINDS = new Set(["gradient", "save", "initialisation", "training", "summary"]);

/** An operation, or a group of operations. */
class Item {
  constructor(name, label, parent, node = null) {
    this.name = name;
    this.label = label;
    this.parent = parent;
    this.node = node; // the operation's data; null for groups
    this.children = node ? null : [];
    this.isOpen = false;
    this.wish = null; // true: aside, false: not, null: as its kind says
    this.layout = null; // of an open group, until something within changes
    this.leaves = [];
    this.path = []; // all around it from the outermost on, and itself
    this.depth = 0;
    this.kind = node ? node.kind : "compute";
  }

  get isGroup() {
    return this.children !== null;
  }

  /** Whether it lies, at whatever depth, within a group. */
  isWithin(group) {
    return this.path[group.depth] === group;
  }
}

/** Build the tree of a graph's nodes; the root is open. */
function buildTree(nodes) {
  const scopes = new Set();
  for (const { name } of nodes) {
    for (let at = name.indexOf("/"); at >= 0; at = name.indexOf("/", at + 1)) {
      scopes.add(name.slice(0, at));
    }
  }
  const root = new Item("", "graph", null);
  root.isOpen = true;
  const groups = new Map([["", root]]);
  const leaves = nodes.map((node) => addLeaf(node, scopes, groups));
  limitChildren(root);
  finish(root, []);
  return { root, leaves };
}

function addLeaf(node, scopes, groups) {
  const last = node.name.slice(node.name.lastIndexOf("/") + 1);
  // An operation that is called as its scope stands within it, in brackets.
  const isScope = scopes.has(node.name);
  const around = isScope ? node.name : node.name.slice(0, Math.max(0, node.name.lastIndexOf("/")));
  const parent = groupOf(around, groups);
  const leaf = new Item(node.name, isScope ? `(${last})` : last, parent, node);
  parent.children.push(leaf);
  return leaf;
}

function groupOf(name, groups) {
  const known = groups.get(name);
  if (known) return known;
  const cut = name.lastIndexOf("/");
  const parent = groupOf(cut < 0 ? "" : name.slice(0, cut), groups);
  const group = new Item(name, name.slice(cut + 1) || "/", parent);
  parent.children.push(group);
  groups.set(name, group);
  return group;
}

/** Put the children of large groups into groups of their own, in the order of their creation. */
function limitChildren(group) {
  while (group.children.length > MOST_CHILDREN) {
    const members = group.children;
    const chunk = Math.min(MOST_CHILDREN, Math.ceil(Math.sqrt(members.length)));
    group.children = [];
    for (let start = 0; start < members.length; start += chunk) {
      const part = members.slice(start, start + chunk);
      group.children.push(part.length > 1 ? packed(part, group) : part[0]);
    }
  }
  for (const child of group.children) if (child.isGroup) limitChildren(child);
}

function packed(members, parent) {
  const ends = [members[0], members[members.length - 1]].map((item) => item.label.split(" … "));
  const label = `${ends[0][0]} … ${ends[1][ends[1].length - 1]}`;
  const group = new Item(`${parent.name}/${label}`, label, parent);
  group.isChunk = true;
  group.children = members;
  for (const member of members) member.parent = group;
  return group;
}

function finish(item, around) {
  item.depth = around.length;
  item.path = [...around, item];
  if (!item.isGroup) {
    item.leaves = [item];
    return;
  }
  for (const child of item.children) {
    finish(child, item.path);
    for (const leaf of child.leaves) item.leaves.push(leaf);
  }
  item.kind = kindOfGroup(item);
}

/** The kind of a group: a variable's if it is one, else what most of its operations are for. */
function kindOfGroup(group) {
  if (group.children.some((child) => child.node?.kind === "variable" && child.name === group.name)) {
    return "variable";
  }
  const counts = new Map();
  for (const { kind } of group.leaves) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  // A layer may spend more operations on first values of its variables than on what it is for.
  return mostOf(counts, ["compute", "gradient", "training"]) ?? mostOf(counts, [...ASIDE_KINDS])
    ?? mostOf(counts, [...counts.keys()]) ?? "compute";
}

/** The most frequent of some kinds, null if there is none of them. */
function mostOf(counts, kinds) {
  const present = kinds.filter((kind) => counts.has(kind));
  if (!present.length) return null;
  return present.reduce((best, kind) => (counts.get(kind) > counts.get(best) ? kind : best));
}

/** Whether a child is drawn beside the others. */
function isAside(item) {
  if (item.wish !== null) return item.wish;
  if (!ASIDE_KINDS.has(item.kind)) return false;
  const siblings = item.parent.children;
  return siblings.some((other) => !ASIDE_KINDS.has(other.kind) && other.kind !== "constant");
}
