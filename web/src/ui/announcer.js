// Reads out what others say in the open conversation, and where else one is meant: for screen readers.
import { plainText } from '../format/codes.js';
import { texts } from '../texts.js';
import { el } from './dom.js';
import { eventText } from './message_row.js';

const KEPT = 10;
const SILENT = new Set(['join', 'part', 'quit', 'nick']); // coming and going would drown what is said

export class Announcer {
  constructor(page) {
    this.page = page;
    this.element = el('div', { class: 'unseen', role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions' });
  }

  added(buffer, item) {
    const words = this.#wordsFor(buffer, item);
    if (!words) return;
    this.element.append(el('p', { text: words }));
    while (this.element.children.length > KEPT) this.element.firstChild.remove();
  }

  #wordsFor(buffer, item) {
    if (item.own || !this.page.session.isOnline()) return ''; // the server's welcome is there to be read
    const here = buffer === this.page.store.current;
    if (item.kind === 'event') return here && !SILENT.has(item.event) ? plainText(eventText(item)) : '';
    if (!item.from) return here ? plainText(item.text ?? '') : '';
    if (!here && !item.mention && buffer.kind !== 'person') return '';
    const who = here || buffer.kind === 'person' ? item.from : texts.notify.room(item.from, buffer.name);
    return texts.messages.announce(who, plainText(item.text));
  }
}
