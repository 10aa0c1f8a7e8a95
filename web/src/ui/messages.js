// The conversation that is open: its rows, where the reader is in it, and what can be done with a message.
import { QUICK_REACTIONS } from '../format/emoji.js';
import { dayOf } from '../format/time.js';
import { rowsOf } from '../chat/rows.js';
import { texts } from '../texts.js';
import { clear, el, reconcile } from './dom.js';
import { icon } from './icons.js';
import { makeRow } from './message_row.js';

const NEAR_END = 60; // px
const NEAR_TOP = 400;

export class Messages {
  #known = new Map();
  #open = new Set();
  #shown = null; // the buffer that the rows are of
  #atEnd = true;
  #newBelow = 0;
  #today = '';

  constructor(page) {
    this.page = page;
    this.rows = el('ol', { class: 'rows' });
    this.olderButton = el('button', {
      class: 'link',
      type: 'button',
      text: texts.messages.older,
      on: { click: () => this.#older() },
    });
    this.beginning = el('span');
    this.top = el('div', { class: 'top' }, this.olderButton, this.beginning);
    this.scroller = el('div', { class: 'scroller', tabindex: '0', role: 'region' }, this.top, this.rows);
    this.toEnd = el('button', { class: 'to-end', type: 'button', hidden: true, on: { click: () => this.goToEnd() } });
    this.element = el('div', { class: 'messages' }, this.scroller, this.toEnd);
    this.tools = this.#makeTools();
    this.scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.rows.addEventListener('pointerover', (event) => this.#offer(event.target));
    this.rows.addEventListener('focusin', (event) => this.#offer(event.target));
    this.scroller.addEventListener('keydown', (event) => this.#key(event));
    new ResizeObserver(() => this.#atEnd && this.#scrollToEnd()).observe(this.scroller);
    this.actions = this.#actions();
  }

  render() {
    const buffer = this.page.store.current;
    const changes = buffer !== this.#shown;
    if (changes) this.#begin(buffer);
    if (this.#atEnd) buffer.trim(true);
    const anchor = this.#atEnd || changes ? null : this.#anchor();
    this.#renderTop(buffer);
    this.#forgetWords();
    const focused = this.rows.contains(document.activeElement) ? document.activeElement.closest('.row') : null;
    reconcile(this.rows, this.#rowsOf(buffer), this.#known, (row) => makeRow(row, this.actions, this.#open));
    // A row that is made anew is the same one for whoever is in it.
    if (focused && !focused.isConnected)
      this.rows.querySelector(`[data-key="${focused.dataset.key}"]`)?.focus({ preventScroll: true });
    if (changes) this.#place(buffer);
    else if (anchor) this.#restore(anchor);
    else this.#scrollToEnd();
    this.#renderToEnd();
    this.#fill(buffer);
  }

  // Something was said in the open conversation.
  added(item) {
    if (this.#atEnd) return;
    if (item.own) this.#atEnd = true;
    else if (item.kind !== 'event') this.#newBelow += 1;
  }

  goToEnd() {
    this.#atEnd = true;
    this.#newBelow = 0;
    this.#scrollToEnd();
    this.#renderToEnd();
  }

  scrollPage(direction) {
    this.scroller.scrollBy({ top: direction * this.scroller.clientHeight * 0.85 });
  }

  #rowsOf(buffer) {
    const rows = rowsOf(buffer.timeline, { marker: buffer.marker, dayOf });
    return this.page.settings.showJoins ? rows : rows.filter((row) => row.type !== 'fold');
  }

  #begin(buffer) {
    this.#shown = buffer;
    this.#known.clear();
    this.#open.clear();
    this.rows.replaceChildren();
    this.#atEnd = true;
    this.#newBelow = 0;
    const label = buffer.kind === 'server' ? texts.messages.server : texts.messages.label(buffer.name);
    this.scroller.setAttribute('aria-label', label);
  }

  // A conversation with something new begins there.
  #place(buffer) {
    const marker = buffer.marker !== 0 && this.rows.querySelector('.marker');
    this.#scrollToEnd();
    if (!marker) return;
    const above = marker.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    if (above < 0) this.scroller.scrollTop += above - 40;
    this.#atEnd = this.#isAtEnd();
  }

  // At midnight "Today" becomes "Yesterday".
  #forgetWords() {
    const today = dayOf(Date.now());
    if (today === this.#today) return;
    this.#today = today;
    for (const [key, row] of this.#known) if (String(key).startsWith('day')) row.version = null;
  }

  #renderTop(buffer) {
    this.olderButton.hidden = buffer.past !== 'more';
    this.beginning.textContent = beginningOf(buffer);
  }

  // A window that is taller than what is there cannot be scrolled.
  #fill(buffer) {
    if (buffer.past === 'more' && this.scroller.scrollHeight <= this.scroller.clientHeight) this.#older();
  }

  #older() {
    this.page.session.history.older(this.page.store.current);
  }

  // ---- scrolling ----

  #scrolled() {
    this.#atEnd = this.#isAtEnd();
    if (this.#atEnd) this.#newBelow = 0;
    this.#renderToEnd();
    if (this.scroller.scrollTop < NEAR_TOP && !this.#atEnd) this.#older();
  }

  #isAtEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR_END;
  }

  #scrollToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  // The first message that is seen stays where it is, whatever comes above it. Its lower edge is what counts: the name
  // over it may go when there is another message of the same person above.
  #anchor() {
    const { top } = this.scroller.getBoundingClientRect();
    const row = [...this.rows.children].find((node) => node.dataset.key && node.getBoundingClientRect().bottom > top);
    return row ? { key: row.dataset.key, bottom: row.getBoundingClientRect().bottom } : null;
  }

  #restore({ key, bottom }) {
    const row = this.rows.querySelector(`[data-key="${key}"]`);
    if (row) this.scroller.scrollTop += row.getBoundingClientRect().bottom - bottom;
  }

  #renderToEnd() {
    this.toEnd.hidden = this.#atEnd;
    if (this.#atEnd) return;
    const text = this.#newBelow > 0 ? texts.messages.toEndNew(this.#newBelow) : texts.messages.toEnd;
    if (this.toEnd.textContent !== text) clear(this.toEnd, icon('down'), el('span', { text }));
  }

  // ---- what can be done with a message ----

  #makeTools() {
    const m = texts.messages;
    const tool = (name, label, act) =>
      el(
        'button',
        {
          class: 'icon-button',
          type: 'button',
          'aria-label': label,
          title: label,
          on: { click: () => act(this.#offered()) },
        },
        icon(name),
      );
    this.redactTool = tool('trash', m.redact, (item) => this.page.session.redact(this.page.store.current, item));
    const quick = QUICK_REACTIONS.slice(0, 3).map((emoji) =>
      el('button', {
        class: 'icon-button',
        type: 'button',
        'aria-label': `${m.react}: ${emoji}`,
        text: emoji,
        on: { click: () => this.actions.toggleReaction(this.#offered(), emoji) },
      }),
    );
    return el(
      'div',
      { class: 'tools', role: 'group', 'aria-label': m.actions },
      ...quick,
      tool('smile', m.react, (item) => this.#pickReaction(item)),
      tool('reply', m.reply, (item) => this.page.reply(item)),
      this.redactTool,
    );
  }

  // The tools are one element, which goes to the message that the pointer or the keyboard is at.
  #offer(target) {
    const row = target.closest('.said');
    if (!row || this.tools.parentNode === row) return;
    const item = this.#itemOf(row);
    if (!isThere(item) || this.page.store.current.kind === 'server') return this.tools.remove();
    this.redactTool.hidden = !this.page.mayRedact(item);
    row.append(this.tools);
  }

  #offered() {
    return this.#itemOf(this.tools.parentNode);
  }

  #itemOf(row) {
    const key = Number(row?.dataset.key);
    return this.page.store.current.timeline.items.find((item) => item.key === key);
  }

  #pickReaction(item) {
    this.page.pickEmoji((emoji) => this.actions.toggleReaction(item, emoji));
  }

  #actions() {
    const { page } = this;
    return {
      goToRoom: (name) => page.goToRoom(name),
      find: (msgid) => page.store.current.timeline.find(msgid),
      isMe: (nick) => page.session.incoming.isMe(nick),
      jumpTo: (msgid) => this.#jumpTo(msgid),
      toggleReaction: (item, emoji) => {
        const mine = [...(item.reactions.get(emoji) ?? [])].some((nick) => page.session.incoming.isMe(nick));
        page.session.react(page.store.current, item, emoji, !mine);
      },
      resend: (item) => page.session.outgoing.again(page.store.current, item),
      discard: (item) => page.session.outgoing.discard(page.store.current, item),
    };
  }

  #jumpTo(msgid) {
    const row = [...this.rows.children].find((node) => node.dataset.msgid === msgid);
    row?.scrollIntoView({ block: 'center' });
    row?.focus({ preventScroll: true });
  }

  // ---- keys ----

  #rowNodes() {
    return [...this.rows.querySelectorAll('.row[tabindex]')];
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const nodes = this.#rowNodes();
    const at = nodes.indexOf(event.target.closest('.row'));
    const item = at >= 0 ? this.#itemOf(nodes[at]) : undefined;
    if (event.key === 'ArrowUp') nodes[at < 0 ? nodes.length - 1 : Math.max(0, at - 1)]?.focus();
    else if (event.key === 'ArrowDown' && at >= 0) (nodes[at + 1] ?? nodes[at]).focus();
    else if (event.key === 'End') nodes.at(-1)?.focus();
    else if (event.key === 'Home') nodes[0]?.focus();
    else if (isThere(item) && event.key === 'r') this.page.reply(item);
    else if (isThere(item) && event.key === 'e') this.#pickReaction(item);
    else return;
    event.preventDefault();
  }
}

// Confirmed, and not taken back: one can reply and react to it.
function isThere(item) {
  return Boolean(item?.msgid) && !item.redacted;
}

// What stands above the oldest message.
function beginningOf({ kind, name, past, timeline }) {
  const m = texts.messages;
  if (past === 'loading') return m.loading;
  if (past === 'more') return '';
  if (kind === 'person') return m.emptyPerson(name);
  if (past !== 'all') return '';
  return timeline.items.some((item) => item.said) ? m.beginning : m.empty(name);
}
