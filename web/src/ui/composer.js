// Where one writes: the field, its suggestions, the reply that it is for, and who else is typing.
import { findEmoji, loadEmoji } from '../format/emoji.js';
import { hasCodes, plainText } from '../format/codes.js';
import { TypingNotice } from '../chat/typing.js';
import { COMMANDS, isCommand, runCommand } from '../session/commands.js';
import { texts } from '../texts.js';
import { completionsAt, nicksOf } from './completion.js';
import { clear, el } from './dom.js';
import { icon } from './icons.js';
import { richText } from './rich_text.js';

const FORMAT_KEYS = new Map([
  ['b', '\x02'],
  ['i', '\x1d'],
  ['u', '\x1f'],
]);
const REPLY_LENGTH = 100;

export class Composer {
  #shown = null;
  #notice = new TypingNotice();
  #found = null; // the suggestions, as completionsAt() gives them
  #chosen = 0;
  #moved = false; // the choice was made with the arrows
  #recalled = 0;

  constructor(page) {
    this.page = page;
    const c = texts.composer;
    this.field = el('textarea', {
      class: 'field',
      id: 'message',
      rows: '1',
      autocomplete: 'off',
      autocapitalize: 'sentences',
      enterkeyhint: 'send',
      role: 'combobox',
      'aria-autocomplete': 'list',
      'aria-expanded': 'false',
      'aria-controls': 'suggestions',
      'aria-haspopup': 'listbox',
    });
    this.suggestions = el('ul', {
      class: 'suggestions',
      id: 'suggestions',
      role: 'listbox',
      'aria-label': c.suggestions,
      hidden: true,
    });
    this.replyTo = el('span', { class: 'what' });
    const cancel = el(
      'button',
      {
        class: 'icon-button',
        type: 'button',
        'aria-label': c.cancelReply,
        title: c.cancelReply,
        on: { click: () => page.reply(null) },
      },
      icon('close'),
    );
    this.reply = el('div', { class: 'replying', hidden: true }, this.replyTo, cancel);
    this.preview = el('div', { class: 'preview', hidden: true });
    this.problem = el('div', { class: 'problem', role: 'alert' });
    this.typing = el('div', { class: 'typing', 'aria-live': 'off' });
    const emoji = el(
      'button',
      {
        class: 'icon-button',
        type: 'button',
        'aria-label': c.emoji,
        title: c.emoji,
        on: { click: () => page.pickEmoji((char) => this.insert(char)) },
      },
      icon('smile'),
    );
    const send = el(
      'button',
      { class: 'icon-button send', type: 'submit', 'aria-label': c.send, title: c.send },
      icon('send'),
    );
    this.form = el(
      'form',
      { class: 'composer-form', on: { submit: (event) => this.#submit(event) } },
      this.field,
      emoji,
      send,
    );
    this.element = el(
      'div',
      { class: 'composer' },
      this.suggestions,
      this.preview,
      this.problem,
      this.reply,
      this.form,
      this.typing,
    );
    this.field.addEventListener('input', () => this.#changed());
    this.field.addEventListener('keydown', (event) => this.#key(event));
    this.field.addEventListener('blur', () => this.#close());
    this.suggestions.addEventListener('pointerdown', (event) => this.#clicked(event));
  }

  // At once when another conversation is looked at, not with the next drawing: what is typed meanwhile is for that one.
  follow() {
    const buffer = this.page.store.current;
    if (buffer !== this.#shown) this.#begin(buffer);
  }

  render() {
    this.follow();
    const { replyTo } = this.#shown;
    this.reply.hidden = !replyTo;
    clear(this.replyTo, replyTo && beginningOf(replyTo));
  }

  renderTyping() {
    const nicks = this.page.store.current.typingNow(Date.now());
    const words = nicks.length > 0 ? texts.composer.typing(nicks) : '';
    if (this.typing.textContent !== words) this.typing.textContent = words;
  }

  focus() {
    this.field.focus();
  }

  insert(text) {
    this.#replace(this.field.selectionStart, this.field.selectionEnd, text);
    this.focus();
  }

  #begin(buffer) {
    if (this.#shown) this.#shown.draft = this.field.value;
    this.#shown = buffer;
    this.#recalled = 0;
    this.#close();
    this.problem.textContent = '';
    this.field.value = buffer.draft;
    const name = buffer.kind === 'server' ? texts.sidebar.server : buffer.name;
    this.field.placeholder =
      buffer.kind === 'server' ? texts.composer.serverPlaceholder : texts.composer.placeholder(name);
    this.field.setAttribute('aria-label', texts.composer.label(name));
    this.#grow();
    this.#showPreview();
  }

  // ---- typing ----

  #changed() {
    this.problem.textContent = '';
    this.#grow();
    this.#showPreview();
    // Without the list there is nothing to suggest; what is typed next asks for it again.
    if (this.field.value.includes(':'))
      loadEmoji().then(
        () => this.#suggest(),
        () => {},
      );
    this.#suggest();
    const told = this.#notice.changed(this.field.value, Date.now());
    if (told) this.page.session.typing(this.#shown, told);
  }

  #grow() {
    this.field.rows = Math.min(8, Math.max(1, this.field.value.split('\n').length));
    while (this.field.rows < 8 && this.field.scrollHeight > this.field.clientHeight + 2) this.field.rows += 1;
  }

  // Codes cannot be seen in the field.
  #showPreview() {
    const shows = hasCodes(this.field.value);
    this.preview.hidden = !shows;
    if (shows)
      clear(
        this.preview,
        el('span', { class: 'label', text: texts.composer.preview }),
        ' ',
        ...richText(this.field.value),
      );
  }

  #replace(start, end, text) {
    this.field.setRangeText(text, start, end, 'end');
    this.#changed();
  }

  // ---- sending ----

  async #submit(event) {
    event.preventDefault();
    const { store, session } = this.page;
    const buffer = store.current;
    const typed = this.field.value;
    if (typed.trim() === '') return;
    this.#close();
    const command = isCommand(typed);
    const said = typed.startsWith('//') ? typed.slice(1) : typed;
    const problem = command ? null : session.outgoing.say(buffer, said);
    if (problem) {
      this.problem.textContent = texts.composer[problem];
      return;
    }
    buffer.remember(typed);
    this.field.value = '';
    buffer.draft = '';
    this.#recalled = 0;
    this.#notice.sent();
    this.#grow();
    this.#showPreview();
    this.render();
    if (!command) return;
    const told = await runCommand(this.page, buffer, typed);
    if (told) session.incoming.tell(store.find(buffer.name) ?? store.current, told);
  }

  // ---- suggestions ----

  #suggest() {
    const found = this.#completions();
    // A nick is only suggested when it is asked for, by Tab or @.
    if (!found || found.kind === 'nick' || isWhole(found, this.field.value)) return this.#close();
    this.#found = found;
    this.#chosen = 0;
    this.#moved = false;
    return this.#show();
  }

  #completions() {
    const { store } = this.page;
    return completionsAt(this.field.value, this.field.selectionStart, {
      nicks: nicksOf(store.current, store.me.nick),
      rooms: store.rooms().map(({ name }) => name),
      commands: COMMANDS,
      findEmoji,
    });
  }

  #show() {
    const options = this.#found.items.map(({ label, hint }, index) =>
      el(
        'li',
        { role: 'option', id: `suggestion-${index}`, 'aria-selected': String(index === this.#chosen) },
        label,
        hint && el('span', { class: 'hint', text: hint }),
      ),
    );
    clear(this.suggestions, ...options);
    this.suggestions.hidden = false;
    this.field.setAttribute('aria-expanded', 'true');
    this.field.setAttribute('aria-activedescendant', `suggestion-${this.#chosen}`);
  }

  #close() {
    this.#found = null;
    this.suggestions.hidden = true;
    this.field.setAttribute('aria-expanded', 'false');
    this.field.removeAttribute('aria-activedescendant');
  }

  #accept() {
    const { start, end, items } = this.#found;
    const { insert } = items[this.#chosen];
    this.#close();
    this.#replace(start, end, insert);
    this.#close();
  }

  #clicked(event) {
    const option = event.target.closest('li');
    if (!option) return;
    event.preventDefault(); // the field keeps the focus
    this.#chosen = [...this.suggestions.children].indexOf(option);
    this.#accept();
  }

  // Tab: the first that fits; again and again: the others, which then stand in the list.
  #tab(event) {
    if (this.#found) {
      event.preventDefault();
      return this.#accept();
    }
    const found = this.#completions();
    if (!found) return undefined; // there Tab goes on to the next element
    event.preventDefault();
    this.#found = found;
    this.#chosen = 0;
    this.#moved = true;
    return found.items.length === 1 ? this.#accept() : this.#show();
  }

  #move(step) {
    const { length } = this.#found.items;
    this.#chosen = (this.#chosen + step + length) % length;
    this.#moved = true;
    this.#show();
  }

  // ---- keys ----

  #key(event) {
    if (event.isComposing) return;
    const { key } = event;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (key === 'Tab' && plain && !event.shiftKey) this.#tab(event);
    else if (this.#found && plain && (key === 'ArrowDown' || key === 'ArrowUp'))
      this.#take(event, () => this.#move(key === 'ArrowDown' ? 1 : -1));
    else if (this.#found && key === 'Escape') this.#take(event, () => this.#close());
    else if (key === 'Escape' && this.#shown.replyTo) this.#take(event, () => this.page.reply(null));
    else if (key === 'Enter' && !event.shiftKey)
      this.#take(event, () => (this.#takesChoice() ? this.#accept() : this.form.requestSubmit()));
    else if (plain && (key === 'ArrowUp' || key === 'ArrowDown')) this.#recall(event, key === 'ArrowUp' ? 1 : -1);
    else if ((event.ctrlKey || event.metaKey) && FORMAT_KEYS.has(key))
      this.#take(event, () => this.#format(FORMAT_KEYS.get(key)));
  }

  // Enter takes a suggestion that was chosen, and emoji; a command or room that was typed is sent as it is.
  #takesChoice() {
    return this.#found !== null && (this.#moved || this.#found.kind === 'emoji' || this.#found.kind === 'mention');
  }

  #take(event, act) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #format(code) {
    const { selectionStart: start, selectionEnd: end, value } = this.field;
    this.#replace(start, end, `${code}${value.slice(start, end)}${start === end ? '' : code}`);
  }

  // ↑ in an empty field: what was sent from here before.
  #recall(event, step) {
    const { recall } = this.#shown;
    const shown = this.#recalled > 0 ? recall.at(-this.#recalled) : '';
    if (this.field.value !== shown) return;
    const next = this.#recalled + step;
    if (next < 0 || next > recall.length) return;
    event.preventDefault();
    this.#recalled = next;
    this.field.value = next > 0 ? recall.at(-next) : '';
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
    this.#grow();
    this.#showPreview();
  }
}

function beginningOf({ from, text }) {
  const words = [...plainText(text)].slice(0, REPLY_LENGTH).join('');
  return [el('strong', { text: texts.composer.replyingTo(from) }), ' ', words];
}

// What is suggested stands there already.
function isWhole({ items, start, end }, text) {
  return items.length === 1 && items[0].insert.trim() === text.slice(start, end);
}
