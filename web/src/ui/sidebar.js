// The list of conversations, and who one is.
import { texts } from '../texts.js';
import { clear, el } from './dom.js';
import { icon } from './icons.js';
import { avatar } from './message_row.js';

export class Sidebar {
  constructor(page) {
    this.page = page;
    const s = texts.sidebar;
    this.title = el('span', { class: 'server-name' });
    this.list = el('div', { class: 'lists' });
    this.me = el('button', { class: 'me', type: 'button', on: { click: () => page.show('me') } });
    const tool = (name, label, dialog) =>
      el(
        'button',
        {
          class: 'icon-button',
          type: 'button',
          'aria-label': label,
          title: label,
          on: { click: () => page.show(dialog) },
        },
        icon(name),
      );
    this.element = el(
      'nav',
      { class: 'sidebar', id: 'sidebar', 'aria-label': s.label },
      el(
        'div',
        { class: 'sidebar-head' },
        el('span', { class: 'logo' }, icon('bubble')),
        this.title,
        el(
          'button',
          {
            class: 'icon-button only-phone',
            type: 'button',
            'aria-label': s.shut,
            on: { click: () => page.drawer(null) },
          },
          icon('close'),
        ),
      ),
      this.list,
      el('div', { class: 'sidebar-foot' }, this.me, tool('help', s.help, 'help'), tool('gear', s.settings, 'settings')),
    );
  }

  render() {
    const { store } = this.page;
    const s = texts.sidebar;
    const network = store.support.text('NETWORK', '') || texts.name;
    this.title.textContent = network;
    const of = (kind) => store.ordered().filter((buffer) => buffer.kind === kind);
    const focused = document.activeElement?.dataset?.buffer;
    const people = of('person');
    clear(
      this.list,
      this.#section(
        s.rooms,
        of('room'),
        el(
          'button',
          {
            class: 'icon-button',
            type: 'button',
            'aria-label': s.join,
            title: `${s.join} (Ctrl+K)`,
            on: { click: () => this.page.show('rooms') },
          },
          icon('plus'),
        ),
      ),
      people.length > 0 && this.#section(s.people, people),
      el('ul', { class: 'server-list' }, el('li', {}, this.#entry(store.server))),
    );
    if (focused !== undefined) this.list.querySelector(`[data-buffer="${CSS.escape(focused)}"]`)?.focus();
    this.#renderMe();
  }

  #section(title, buffers, button = null) {
    return el(
      'section',
      {},
      el('div', { class: 'section-head' }, el('h2', { text: title }), button),
      el('ul', {}, ...buffers.map((buffer) => el('li', {}, this.#entry(buffer)))),
    );
  }

  #entry(buffer) {
    const { store } = this.page;
    const current = buffer === store.current;
    const s = texts.sidebar;
    const classes = [
      'entry',
      current && 'current',
      buffer.unread > 0 && 'unread',
      buffer.mentions > 0 && 'mentioned',
      this.#isAbsent(buffer) && 'absent',
    ];
    const status = statusOf(buffer, store.connection.phase);
    return el(
      'button',
      {
        class: classes.filter(Boolean).join(' '),
        type: 'button',
        'aria-current': current && 'true',
        'data-buffer': buffer.key,
        on: { click: () => this.page.activate(buffer) },
      },
      mark(buffer),
      el('span', { class: 'name', text: nameOf(buffer) }),
      status && el('span', { class: 'unseen', text: `, ${status}` }),
      buffer.unread > 0 &&
        el(
          'span',
          { class: 'count' },
          el('span', { 'aria-hidden': 'true', text: buffer.unread > 99 ? '99+' : String(buffer.unread) }),
          el('span', {
            class: 'unseen',
            text: `, ${s.unread(buffer.unread)}${buffer.mentions > 0 ? `, ${s.mentions(buffer.mentions)}` : ''}`,
          }),
        ),
    );
  }

  #isAbsent(buffer) {
    return (buffer.kind === 'room' && !buffer.joined) || (buffer.kind === 'person' && !buffer.online);
  }

  #renderMe() {
    const { me } = this.page.store;
    const away = me.away !== null;
    clear(
      this.me,
      avatar(me.nick || '?'),
      el(
        'span',
        { class: 'who' },
        el('span', { class: 'name', text: me.nick }),
        away && el('span', { class: 'away', text: texts.sidebar.away }),
      ),
    );
    this.me.setAttribute('aria-label', texts.sidebar.you(me.nick));
  }
}

export function nameOf(buffer) {
  if (buffer.kind === 'server') return texts.sidebar.server;
  return buffer.kind === 'room' ? buffer.name.slice(1) : buffer.name;
}

function mark(buffer) {
  if (buffer.kind === 'room') return el('span', { class: 'mark', 'aria-hidden': 'true', text: '#' });
  if (buffer.kind === 'server') return el('span', { class: 'mark' }, icon('server'));
  const state = !buffer.online ? 'offline' : buffer.away !== null ? 'away' : 'online';
  return el('span', { class: `mark dot ${state}`, 'aria-hidden': 'true' });
}

function statusOf(buffer, phase) {
  const s = texts.sidebar;
  if (phase !== 'online') return '';
  if (buffer.kind === 'room') return buffer.joined ? '' : s.notJoined;
  if (buffer.kind !== 'person') return '';
  return !buffer.online ? s.offline : buffer.away !== null ? s.away : '';
}
