// What leads from where to where: between operations, and between the items of an open group.

/** More children than these that are tied to the outside are marked, not linked to the border. */
const MOST_PORTS = 5;
/** From so many neighbours on, a source or sink is pulled out: it would tie up everything. */
const HIGH_DEGREE = 7;

/** Resolve the inputs of leaves, and find who uses their results. */
function connect(leaves) {
  for (const leaf of leaves) leaf.uses = [];
  const tensors = [];
  leaves.forEach((leaf) => {
    const { inputs, controls } = leaf.node;
    leaf.inputs = [
      ...inputs.map(([source, slot]) => ({ source: leaves[source], slot, target: leaf })),
      ...controls.map((source) => ({ source: leaves[source], slot: -1, target: leaf })),
    ];
    for (const link of leaf.inputs) {
      link.source.uses.push(link);
      tensors.push(link);
    }
  });
  return tensors;
}

/** The tensor of a link: `dtype (shape)` for people, and its size in bytes. */
function tensorOf(link) {
  if (link.slot < 0) return { text: "runs before", size: 0, shape: "" };
  const output = link.source.node.outputs[link.slot];
  if (!output) return { text: "", size: 0, shape: "" };
  return { text: `${output[0]} ${output[1]}`.trim(), size: output[2] ?? 0, shape: output[1] };
}

function tensorName(link) {
  if (link.slot < 0) return `^${link.source.name}`;
  return `${link.source.name}:${link.slot}`;
}

/** All that an item needs: a set of leaves, its own among them. */
function needsOf(item) {
  const found = new Set(item.leaves);
  const waiting = [...item.leaves];
  while (waiting.length) {
    for (const { source } of waiting.pop().inputs) {
      if (!found.has(source)) {
        found.add(source);
        waiting.push(source);
      }
    }
  }
  return found;
}

/**
 * The links to draw within an open group: bundles between its children, bundles with its border
 * (`from` or `to` is null), and for each child the marks of what is not linked but tied to it.
 */
function linksWithin(group) {
  const bundles = new Map();
  const bundle = (from, to, link) => {
    const key = `${from ? from.name : ""}\n${to ? to.name : ""}`;
    if (!bundles.has(key)) bundles.set(key, { from, to, links: [] });
    bundles.get(key).links.push(link);
  };
  const childOf = (leaf) => leaf.path[group.depth + 1];
  // Who is tied to asides of an outer level is told there.
  const isShown = (leaf) => !isAside(outsideItem(leaf, group));
  for (const leaf of group.leaves) {
    for (const link of leaf.inputs) {
      if (!link.source.isWithin(group)) {
        if (isShown(link.source)) bundle(null, childOf(leaf), link);
      } else if (childOf(link.source) !== childOf(leaf)) bundle(childOf(link.source), childOf(leaf), link);
    }
    for (const link of leaf.uses) {
      if (!link.target.isWithin(group) && isShown(link.target)) bundle(childOf(leaf), null, link);
    }
  }
  return sortOut(group, [...bundles.values()]);
}

function sortOut(group, bundles) {
  const pulled = pulledOut(group, bundles);
  const entering = bundles.filter((one) => one.from === null && !pulled.has(one.to)).length;
  const leaving = bundles.filter((one) => one.to === null && !pulled.has(one.from)).length;
  const drawn = [];
  const marks = new Map(group.children.map((child) => [child, { before: [], after: [] }]));
  for (const one of bundles) {
    if (one.from === null) {
      if (entering <= MOST_PORTS && !pulled.has(one.to)) drawn.push(one);
      else markOutside(marks.get(one.to).before, one, "source", group);
    } else if (one.to === null) {
      if (leaving <= MOST_PORTS && !pulled.has(one.from)) drawn.push(one);
      else markOutside(marks.get(one.from).after, one, "target", group);
    } else if (!pulled.has(one.from) && !pulled.has(one.to)) {
      drawn.push(one);
    } else {
      marks.get(one.to).before.push({ item: one.from, links: one.links });
      marks.get(one.from).after.push({ item: one.to, links: one.links });
    }
  }
  return { drawn, marks, pulled };
}

/** The outermost item around a leaf that does not hold a group as well. */
function outsideItem(leaf, group) {
  return leaf.path.find((around, depth) => group.path[depth] !== around);
}

/** Mark what lies outside a group. */
function markOutside(marks, one, end, group) {
  const found = new Map();
  for (const link of one.links) {
    const item = outsideItem(link[end], group);
    if (!found.has(item)) found.set(item, { item, links: [] });
    found.get(item).links.push(link);
  }
  marks.push(...found.values());
}

/** The children that have no place in the flow: asides, constants, and what everything uses. */
function pulledOut(group, bundles) {
  const inner = bundles.filter(({ from, to }) => from && to);
  const pulled = new Map(group.children.filter(isAside).map((child) => [child, "aside"]));
  const used = new Set(inner.map(({ from }) => from));
  const fed = new Set(inner.map(({ to }) => to));
  for (const child of group.children) {
    const isFree = !pulled.has(child) && child.wish !== false;
    if (isFree && child.kind === "constant" && used.has(child) && !fed.has(child)) pulled.set(child, "constant");
  }
  for (const child of highDegrees(group, inner, pulled)) pulled.set(child, "aside");
  for (const child of servants(group, inner, pulled)) pulled.set(child, "aside");
  return pulled;
}

/** Sources and sinks with so many neighbours in the flow that their links would cover it. */
function highDegrees(group, inner, pulled) {
  const before = new Map();
  const after = new Map();
  for (const { from, to } of inner) {
    if (pulled.has(from) || pulled.has(to)) continue;
    after.set(from, (after.get(from) ?? 0) + 1);
    before.set(to, (before.get(to) ?? 0) + 1);
  }
  return group.children.filter((child) => {
    const [inputs, uses] = [before.get(child) ?? 0, after.get(child) ?? 0];
    return child.wish !== false && Math.max(inputs, uses) >= HIGH_DEGREE && Math.min(inputs, uses) === 0;
  });
}

/** What only serves asides, such as a learning rate: it is tied to them, and not to the flow. */
function servants(group, inner, pulled) {
  const flow = group.children.filter((child) => !pulled.has(child));
  const root = new Map(flow.map((child) => [child, child])); // of a tree for each connected part
  const rootOf = (child) => {
    let at = child;
    while (root.get(at) !== at) at = root.get(at);
    return at;
  };
  for (const { from, to } of inner) if (root.has(from) && root.has(to)) root.set(rootOf(from), rootOf(to));
  const parts = new Map();
  for (const child of flow) parts.set(rootOf(child), [...(parts.get(rootOf(child)) ?? []), child]);
  const largest = [...parts.values()].reduce((best, part) => (part.length > best.length ? part : best), []);
  const tied = new Set();
  for (const { from, to } of inner) {
    if (pulled.get(from) === "aside") tied.add(to);
    if (pulled.get(to) === "aside") tied.add(from);
  }
  const serves = (part) => part !== largest && part.some((child) => tied.has(child))
    && part.every((child) => child.kind !== "placeholder" && child.wish !== false);
  return [...parts.values()].filter(serves).flat();
}
