// A list whose entries stay the same elements while what they show changes. A click is lost where the element under the
// pointer is another one when the button is released, and so is the focus.
import { el, reconcile } from './dom.js';

export class List {
  #known = new Map();

  // `entry(row)` makes the element that shows a row. Its listeners stay those of the first one that was made for a key.
  constructor(entry) {
    this.element = el('ul');
    this.make = (row) => el('li', {}, entry(row));
  }

  // `rows`: {key, version, …}, as reconcile() has them.
  render(rows) {
    reconcile(this.element, rows, this.#known, this.make, (node, row) => become(node, this.make(row)));
  }
}

// Lets `element` show what `other` shows, which is then of no use any more. Gives `element`.
export function become(element, other) {
  for (const name of element.getAttributeNames()) if (!other.hasAttribute(name)) element.removeAttribute(name);
  for (const { name, value } of other.attributes)
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  const children = [...other.childNodes];
  while (element.childNodes.length > children.length) element.lastChild.remove();
  children.forEach((child, at) => {
    const old = element.childNodes[at];
    if (!old) element.append(child);
    else if (old.nodeName !== child.nodeName) old.replaceWith(child);
    else if (old.nodeType === Node.ELEMENT_NODE) become(old, child);
    else if (old.data !== child.data) old.data = child.data;
  });
  return element;
}
