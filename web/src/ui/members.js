// Who is in the room, by rank.
import { sortedMembers } from '../chat/buffer.js';
import { fold } from '../irc/names.js';
import { texts } from '../texts.js';
import { el, reconcile } from './dom.js';
import { icon } from './icons.js';
import { List } from './list.js';
import { avatar } from './message_row.js';

const MOST_SHOWN = 300;
const CROWD = 100; // of so many the list is drawn once a second, however many come and go
const CROWD_MS = 1000;

export class Members {
  #shown = null;
  #drawnAt = 0;
  #timer = null;
  #groups = new Map(); // by rank
  #known = new Map();

  constructor(page) {
    this.page = page;
    const m = texts.members;
    this.groups = el('div');
    this.more = el('p', { class: 'more' });
    this.list = el('div', { class: 'lists' }, this.groups, this.more);
    this.element = el(
      'aside',
      { class: 'members', id: 'members', 'aria-label': m.label },
      el(
        'div',
        { class: 'members-head' },
        el('h2', { text: m.label }),
        el(
          'button',
          {
            class: 'icon-button only-phone',
            type: 'button',
            'aria-label': texts.sidebar.shut,
            on: { click: () => page.drawer(null) },
          },
          icon('close'),
        ),
      ),
      this.list,
    );
  }

  render() {
    const buffer = this.page.store.current;
    const room = buffer.kind === 'room';
    this.element.hidden = !room;
    clearTimeout(this.#timer);
    if (!room) return;
    const wait = this.#drawnAt + CROWD_MS - Date.now();
    if (buffer === this.#shown && buffer.members.size > CROWD && wait > 0) {
      this.#timer = setTimeout(() => this.render(), wait);
      return;
    }
    this.#shown = buffer;
    this.#drawnAt = Date.now();
    this.#draw(buffer);
  }

  #draw(buffer) {
    const { store } = this.page;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.nick : undefined;
    const ranks = store.support.ranks();
    const sorted = sortedMembers(buffer, ranks);
    const groups = new Map();
    for (const member of sorted.slice(0, MOST_SHOWN)) {
      const prefix = member.ranks[0] ?? '';
      groups.set(prefix, [...(groups.get(prefix) ?? []), member]);
    }
    const only = groups.size === 1 && groups.has('');
    const rows = [...groups].map(([prefix, members]) => ({ key: prefix, group: this.#group(prefix), members }));
    reconcile(this.groups, rows, this.#known, ({ group }) => group.element);
    for (const { group, members } of rows) {
      const entries = members.map((member) => this.#row(member));
      group.render(entries, only);
    }
    this.more.hidden = sorted.length <= MOST_SHOWN;
    this.more.textContent = texts.members.more(sorted.length - MOST_SHOWN);
    // Who has another rank is in another list.
    if (focused !== undefined && !this.list.contains(document.activeElement))
      this.list.querySelector(`[data-nick="${CSS.escape(focused)}"]`)?.focus();
  }

  #group(prefix) {
    if (!this.#groups.has(prefix)) this.#groups.set(prefix, new Group(prefix, (row) => this.#entry(row)));
    return this.#groups.get(prefix);
  }

  #row({ nick, ranks, away }) {
    const me = this.page.session.incoming.isMe(nick);
    return { key: fold(nick), version: [nick, ranks, away, me].join(), nick, ranks, away, me };
  }

  #entry({ nick, ranks, away, me }) {
    const m = texts.members;
    return el(
      'button',
      {
        class: away ? 'entry absent' : 'entry',
        'data-nick': nick,
        type: 'button',
        title: me ? null : m.open(nick),
        on: { click: (event) => this.#open(event.currentTarget.dataset.nick) },
      },
      avatar(nick),
      el('span', { class: 'name', text: nick }),
      ranks !== '' && el('span', { class: 'rank', 'aria-hidden': 'true', text: ranks[0] }),
      away && el('span', { class: 'away', text: m.away }),
      me && el('span', { class: 'away', text: m.you }),
    );
  }

  #open(nick) {
    if (this.page.session.incoming.isMe(nick)) this.page.show('me');
    else this.page.talkTo(nick);
  }
}

// Those of one rank.
class Group {
  constructor(prefix, entry) {
    this.title = texts.members.ranks[prefix] ?? prefix;
    this.head = el('h3');
    this.list = new List(entry);
    this.element = el('section', {}, this.head, this.list.element);
  }

  // `only`: there is no other, so it needs no name.
  render(rows, only) {
    this.head.hidden = only;
    this.head.textContent = `${this.title} · ${rows.length}`;
    this.list.render(rows);
  }
}
