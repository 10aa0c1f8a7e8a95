// How elements are made here. Text is only ever set as text: there is no way to HTML in this file or in those that use it.

// el('button', {class: 'x', text: 'Go', on: {click}, 'aria-label': '…', hidden: true}, child, 'text', null)
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) set(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === 'text') element.textContent = value;
  else if (name === 'on')
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  else element.setAttribute(name, value === true ? '' : value);
}

// Lets `parent` have the nodes of `rows`, {key, version}, in their order. `known` is a Map of the caller's that outlives
// calls: what has the same version is not made again. `change(node, row)` gives the node of another version.
export function reconcile(parent, rows, known, make, change = (node, row) => make(row)) {
  const wanted = new Set(rows.map((row) => row.key));
  for (const [key, { node }] of known) {
    if (wanted.has(key)) continue;
    node.remove();
    known.delete(key);
  }
  let next = parent.firstChild;
  for (const row of rows) {
    const old = known.get(row.key);
    const node = !old ? make(row) : old.version === row.version ? old.node : change(old.node, row);
    if (old && old.node !== node) {
      if (old.node === next) next = next.nextSibling;
      old.node.remove();
    }
    known.set(row.key, { node, version: row.version });
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
}

export function clear(element, ...children) {
  element.replaceChildren(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );
}
