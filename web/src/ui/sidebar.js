// The list of conversations, and who one is.
import { texts } from '../texts.js';
import { el } from './dom.js';
import { icon } from './icons.js';
import { List, become } from './list.js';
import { avatar } from './message_row.js';

export class Sidebar {
  constructor(page) {
    this.page = page;
    const s = texts.sidebar;
    this.title = el('span', { class: 'server-name' });
    this.me = el('button', { class: 'me', type: 'button', on: { click: () => page.show('me') } });
    const tool = (name, label, dialog, title = label) =>
      el(
        'button',
        { class: 'icon-button', type: 'button', 'aria-label': label, title, on: { click: () => page.show(dialog) } },
        icon(name),
      );
    const entry = ({ buffer }) => this.#entry(buffer);
    this.lists = { room: new List(entry), person: new List(entry), server: new List(entry) };
    this.lists.server.element.classList.add('server-list');
    this.people = section(s.people, this.lists.person);
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
      el(
        'div',
        { class: 'lists' },
        section(s.rooms, this.lists.room, tool('plus', s.join, 'rooms', `${s.join} (Ctrl+K)`)),
        this.people,
        this.lists.server.element,
      ),
      el('div', { class: 'sidebar-foot' }, this.me, tool('help', s.help, 'help'), tool('gear', s.settings, 'settings')),
    );
  }

  render() {
    const { store } = this.page;
    this.title.textContent = store.support.text('NETWORK', '') || texts.name;
    const ordered = store.ordered();
    for (const [kind, list] of Object.entries(this.lists))
      list.render(ordered.filter((buffer) => buffer.kind === kind).map((buffer) => this.#row(buffer)));
    this.people.hidden = store.people() === 0;
    this.#renderMe();
  }

  #row(buffer) {
    const { store } = this.page;
    const { name, unread, mentions, joined, online, away } = buffer;
    const status = statusOf(buffer, store.connection.phase);
    const version = [name, buffer === store.current, unread, mentions, joined, online, away !== null, status].join();
    return { key: buffer.key, version, buffer };
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
        on: { click: (event) => this.page.activate(store.buffers.get(event.currentTarget.dataset.buffer)) },
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
    const who = el(
      'span',
      { class: 'who' },
      el('span', { class: 'name', text: me.nick }),
      me.away !== null && el('span', { class: 'away', text: texts.sidebar.away }),
    );
    const label = texts.sidebar.you(me.nick);
    become(this.me, el('button', { class: 'me', type: 'button', 'aria-label': label }, avatar(me.nick || '?'), who));
  }
}

function section(title, list, button = null) {
  return el('section', {}, el('div', { class: 'section-head' }, el('h2', { text: title }), button), list.element);
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
