// Above the messages: what conversation it is, its topic, what can be done with it; and whether one is in it.
import { plainText } from '../format/codes.js';
import { texts } from '../texts.js';
import { clear, el } from './dom.js';
import { icon } from './icons.js';
import { richText } from './rich_text.js';

export class Header {
  #topicShown = '';

  constructor(page) {
    this.page = page;
    const s = texts.sidebar;
    this.count = el('span', { class: 'count' });
    this.menu = el(
      'button',
      {
        class: 'icon-button only-phone menu',
        type: 'button',
        'aria-label': s.open,
        'aria-controls': 'sidebar',
        'aria-expanded': 'false',
        on: { click: () => page.drawer('sidebar') },
      },
      icon('menu'),
      this.count,
    );
    this.name = el('h1');
    this.topic = el('div', { class: 'topic' });
    this.edit = this.#button('edit', texts.room.editTopic, () => page.show('topic'));
    this.members = this.#button('people', texts.room.members, () => page.toggleMembers());
    this.memberCount = el('span', { class: 'member-count' });
    this.members.append(this.memberCount);
    this.leave = this.#button('leave', texts.room.leave, () => page.session.close(page.store.current));
    this.element = el(
      'header',
      { class: 'header' },
      this.menu,
      el('div', { class: 'titles' }, this.name, this.topic),
      el('div', { class: 'buttons' }, this.edit, this.members, this.leave),
    );
    this.why = el('span');
    const again = el('button', {
      class: 'button',
      type: 'button',
      text: texts.room.joinAgain,
      on: { click: () => page.goToRoom(page.store.current.name) },
    });
    this.notIn = el('div', { class: 'not-in', hidden: true }, this.why, again);
  }

  render() {
    const { store } = this.page;
    const buffer = store.current;
    const room = buffer.kind === 'room';
    this.name.textContent = buffer.kind === 'server' ? texts.sidebar.server : buffer.name;
    this.#renderTopic(buffer);
    this.topic.classList.toggle('none', room && buffer.topic === '');
    this.edit.hidden = !room || !buffer.joined;
    this.members.hidden = !room;
    this.memberCount.textContent = String(buffer.members.size);
    this.members.setAttribute('aria-label', texts.room.showMembers(buffer.members.size));
    this.leave.hidden = buffer.kind === 'server';
    const label = room ? texts.room.leave : texts.room.closePerson;
    this.leave.setAttribute('aria-label', label);
    this.leave.title = label;
    this.#renderNotIn(buffer);
  }

  renderCount() {
    const { store } = this.page;
    const { unread } = store.totals();
    this.count.textContent = unread > 0 ? String(Math.min(unread, 99)) : '';
    this.count.hidden = unread === 0;
    const label = unread > 0 ? `${texts.sidebar.open}, ${texts.sidebar.unread(unread)}` : texts.sidebar.open;
    this.menu.setAttribute('aria-label', label);
  }

  // Made anew only when it is another: it may have links, and a click on what is made anew meanwhile is lost.
  #renderTopic(buffer) {
    const text = topicOf(buffer);
    const version = `${buffer.kind} ${text}`;
    if (version === this.#topicShown) return;
    this.#topicShown = version;
    clear(this.topic, ...(buffer.kind === 'room' ? richText(text, (name) => this.page.goToRoom(name)) : [plainText(text)]));
  }

  #renderNotIn(buffer) {
    const outside = buffer.kind === 'room' && !buffer.joined && this.page.session.isOnline() && !buffer.wanted;
    this.notIn.hidden = !outside;
    const r = texts.room;
    this.why.textContent = buffer.why ? r.notInBecause(plainText(buffer.why)) : r.notIn;
  }

  #button(name, label, act) {
    return el(
      'button',
      { class: 'icon-button', type: 'button', 'aria-label': label, title: label, on: { click: act } },
      icon(name),
    );
  }
}

function topicOf(buffer) {
  const r = texts.room;
  if (buffer.kind === 'server') return r.serverTopic;
  if (buffer.kind === 'room') return buffer.topic === '' ? r.noTopic : buffer.topic;
  if (!buffer.online) return r.personOffline(buffer.name);
  return buffer.away === null ? r.personHere : r.personAway(buffer.away);
}
