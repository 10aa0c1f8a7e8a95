// The frame of all dialogs: the browser keeps the focus inside, Escape and a click beside it close it.
import { texts } from '../texts.js';
import { el } from './dom.js';
import { icon } from './icons.js';

// `content(close)` gives the nodes; where they have nothing to go to by Tab (`readOnly`), their frame can be scrolled by
// keys. Gives what closes it.
export function openDialog({ title, className = '', readOnly = false, content }) {
  const close = () => dialog.close();
  const heading = el('h2', { id: 'dialog-title', text: title });
  const shut = el(
    'button',
    { class: 'icon-button', type: 'button', 'aria-label': texts.dialogs.close, on: { click: close } },
    icon('close'),
  );
  const dialog = el(
    'dialog',
    { class: `dialog ${className}`, 'aria-labelledby': 'dialog-title' },
    el(
      'div',
      { class: 'dialog-box' },
      el('div', { class: 'dialog-head' }, heading, shut),
      el('div', { class: 'dialog-body', tabindex: readOnly && '0' }),
    ),
  );
  dialog.querySelector('.dialog-body').append(...[content(close)].flat());
  dialog.addEventListener('close', () => dialog.remove());
  // Only the backdrop is the dialog itself: all that is inside is in its box.
  dialog.addEventListener('pointerdown', (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  const first = dialog.querySelector('[autofocus]');
  first?.focus();
  if (first?.type === 'text') first.setSelectionRange(first.value.length, first.value.length);
  return close;
}

let lastField = 0;

export function labelled(label, control, hint = '') {
  lastField += 1;
  const id = `field-${lastField}`;
  control.id = id;
  if (hint) control.setAttribute('aria-describedby', `${id}-hint`);
  return el(
    'div',
    { class: 'labelled' },
    el('label', { for: id, text: label }),
    control,
    hint && el('p', { class: 'hint', id: `${id}-hint`, text: hint }),
  );
}

export function checkbox(label, checked, change, properties = {}) {
  const box = el('input', { type: 'checkbox', checked, ...properties });
  box.addEventListener('change', () => change(box.checked, box));
  return el('label', { class: 'check' }, box, el('span', { text: label }));
}

export function buttons(close, submit) {
  return el(
    'div',
    { class: 'dialog-buttons' },
    el('button', { class: 'button quiet', type: 'button', text: texts.dialogs.cancel, on: { click: close } }),
    el('button', { class: 'button', type: 'submit', text: submit }),
  );
}
