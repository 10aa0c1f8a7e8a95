// Who is in the room, by rank.
import { sortedMembers } from '../chat/buffer.js';
import { texts } from '../texts.js';
import { clear, el } from './dom.js';
import { icon } from './icons.js';
import { avatar } from './message_row.js';

const MOST_SHOWN = 300;
const CROWD = 100; // of so many the list is drawn once a second, however many come and go
const CROWD_MS = 1000;

export class Members {
  #shown = null;
  #drawnAt = 0;
  #timer = null;

  constructor(page) {
    this.page = page;
    const m = texts.members;
    this.list = el('div', { class: 'lists' });
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
    clear(
      this.list,
      ...[...groups].map(([prefix, members]) => this.#group(prefix, members, only)),
      sorted.length > MOST_SHOWN && el('p', { class: 'more', text: texts.members.more(sorted.length - MOST_SHOWN) }),
    );
    if (focused !== undefined) this.list.querySelector(`[data-nick="${CSS.escape(focused)}"]`)?.focus();
  }

  #group(prefix, members, only) {
    const title = texts.members.ranks[prefix] ?? prefix;
    return el(
      'section',
      {},
      !only && el('h3', { text: `${title} · ${members.length}` }),
      el('ul', {}, ...members.map((member) => el('li', {}, this.#entry(member)))),
    );
  }

  #entry({ nick, ranks, away }) {
    const m = texts.members;
    const me = this.page.session.incoming.isMe(nick);
    return el(
      'button',
      {
        class: away ? 'entry absent' : 'entry',
        'data-nick': nick,
        type: 'button',
        title: me ? null : m.open(nick),
        on: { click: () => (me ? this.page.show('me') : this.page.talkTo(nick)) },
      },
      avatar(nick),
      el('span', { class: 'name', text: nick }),
      ranks !== '' && el('span', { class: 'rank', 'aria-hidden': 'true', text: ranks[0] }),
      away && el('span', { class: 'away', text: m.away }),
      me && el('span', { class: 'away', text: m.you }),
    );
  }
}
