// The page: makes the store, the session and the parts of the page, and draws what has changed, once a frame.
import { Store } from './chat/store.js';
import { isRoomName, roomName } from './irc/names.js';
import { Connection } from './net/connection.js';
import { nickProblem } from './session/registration.js';
import { Lost } from './session/requests.js';
import { Session, refusalIn } from './session/session.js';
import { Settings } from './settings.js';
import { texts } from './texts.js';
import { Announcer } from './ui/announcer.js';
import { Banner } from './ui/banner.js';
import { Composer } from './ui/composer.js';
import { emojiDialog, helpDialog, meDialog, roomsDialog, settingsDialog, topicDialog } from './ui/dialogs.js';
import { el } from './ui/dom.js';
import { Header } from './ui/header.js';
import { listenToKeys } from './ui/keys.js';
import { Members } from './ui/members.js';
import { Messages } from './ui/messages.js';
import { Notifier } from './ui/notifier.js';
import { Sidebar } from './ui/sidebar.js';
import { SignIn } from './ui/sign_in.js';

const HIDDEN_MS = 500; // a page that nobody sees is drawn seldom

class Page {
  #dirty = new Set();
  #scheduled = false;
  #entered = false;

  constructor() {
    this.settings = new Settings((name) => this.#setting(name));
    this.store = new Store();
    this.session = new Session(this.store, (on) => new Connection(socketUrl(), on));
    this.notifier = new Notifier(this);
    this.banner = new Banner(this);
    this.sidebar = new Sidebar(this);
    this.header = new Header(this);
    this.messages = new Messages(this);
    this.composer = new Composer(this);
    this.members = new Members(this);
    this.announcer = new Announcer(this);
    this.signInForm = new SignIn(this);
    this.store.subscribe((change) => this.#changed(change));
    this.#build();
    this.#watchWindow();
    this.#setting('theme');
    this.#begin();
  }

  // ---- what the parts of the page ask for ----

  signIn({ nick, room, password = '', resumes = false }) {
    // Addresses and what a browser remembers may name what is no room.
    const rooms = [room, ...this.settings.rooms].filter((name) => typeof name === 'string' && isRoomName(name));
    this.settings.set('nick', nick);
    this.session.signIn({
      nick,
      rooms: [...new Map(rooms.map((name) => [name.toLowerCase(), name])).values()],
      password,
      resumes,
    });
  }

  signOut(reason = '') {
    this.settings.stays = null;
    this.session.signOut(reason);
  }

  show(name) {
    this.drawer(null);
    const dialogs = {
      rooms: roomsDialog,
      topic: topicDialog,
      me: meDialog,
      settings: settingsDialog,
      help: helpDialog,
    };
    dialogs[name](this);
  }

  activate(buffer) {
    this.store.activate(buffer);
    this.drawer(null);
    if (!isPhone()) this.composer.focus();
  }

  // Gives null, or why it did not work.
  async goToRoom(name, key = '') {
    const known = this.store.find(roomName(name));
    if (known?.joined) {
      this.activate(known);
      return null;
    }
    try {
      const { buffer, error } = await this.session.join(name, key);
      if (buffer) this.activate(buffer);
      else if (!known) this.session.incoming.tell(this.store.current, `${roomName(name)}: ${error}`, 'error');
      return buffer ? null : error;
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      return texts.commands.offline;
    }
  }

  talkTo(nick) {
    this.session.openPerson(nick);
    this.drawer(null);
    if (!isPhone()) this.composer.focus();
  }

  // Gives what is wrong, or nothing.
  async changeMe({ nick, away }) {
    const wrong = nickProblem(nick);
    if (wrong) return texts.signIn[wrong];
    if (!this.session.isOnline()) return texts.commands.offline;
    if (away !== this.store.me.away) this.session.setAway(away);
    if (nick === this.store.me.nick) return '';
    return refusalIn(await this.session.setNick(nick).catch(() => [])) ?? '';
  }

  reply(item) {
    this.store.current.replyTo = item;
    this.composer.render();
    this.composer.focus();
  }

  mayRedact(item) {
    if (this.store.current.kind !== 'room' || this.session.capability('draft/message-redaction') === undefined)
      return false;
    const ranks = this.store.current.member(this.store.me.nick)?.ranks ?? '';
    return item.own || /[@%]/.test(ranks);
  }

  pickEmoji(picked) {
    emojiDialog(picked);
  }

  // On a phone the lists at the sides are drawers: one of them is open, or none.
  drawer(which) {
    if (which) this.element.dataset.drawer = which;
    else delete this.element.dataset.drawer;
    this.header.menu.setAttribute('aria-expanded', String(which === 'sidebar'));
    const opened = which === 'sidebar' ? this.sidebar.element : which === 'members' ? this.members.element : null;
    opened?.querySelector('button')?.focus();
  }

  toggleMembers() {
    if (isPhone()) return this.drawer('members');
    this.element.classList.toggle('without-members');
    return undefined;
  }

  wishedRoom() {
    const asked = decodeURIComponentOr(window.location.hash, '');
    return asked.length > 1 ? roomName(asked) : (this.settings.rooms[0] ?? '#lobby');
  }

  // ---- drawing ----

  #build() {
    const main = el(
      'main',
      { class: 'conversation' },
      this.header.element,
      this.banner.element,
      this.messages.element,
      this.header.notIn,
      this.composer.element,
    );
    const shade = el('div', { class: 'shade', on: { click: () => this.drawer(null) } });
    this.element = el('div', { class: 'app', hidden: true }, this.sidebar.element, main, this.members.element, shade);
    document.getElementById('page').replaceChildren(this.signInForm.element, this.element, this.announcer.element);
  }

  #changed({ topics, added }) {
    for (const topic of topics) this.#dirty.add(topic);
    if (added) this.#added(added);
    if (this.#entered) this.composer.follow();
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (document.hidden) setTimeout(() => this.#draw(), HIDDEN_MS);
    else requestAnimationFrame(() => this.#draw());
  }

  #added({ buffer, item }) {
    if (buffer === this.store.current) this.messages.added(item);
    this.announcer.added(buffer, item);
    this.notifier.added(buffer, item);
  }

  #draw() {
    this.#scheduled = false;
    const dirty = this.#dirty;
    this.#dirty = new Set();
    const any = (...topics) => topics.some((topic) => dirty.has(topic));
    if (any('connection', 'me')) this.#enterOrLeave();
    if (!this.#entered) return this.signInForm.render();
    if (any('connection', 'me')) this.banner.render();
    if (any('list', 'me', 'active', 'connection')) this.sidebar.render();
    if (any('header', 'active', 'connection', 'members')) this.header.render();
    if (any('list', 'active')) this.header.renderCount();
    if (any('items', 'active')) this.messages.render();
    if (any('active', 'items')) this.composer.render();
    if (any('active', 'typing')) this.composer.renderTyping();
    if (any('members', 'active', 'me')) this.members.render();
    if (any('list', 'active')) this.notifier.renderTitle();
    if (any('connection', 'me')) this.#rememberNick();
    if (any('list')) this.#rememberRooms();
    return undefined;
  }

  // Who is in sees the conversations, also while the connection is lost.
  #enterOrLeave() {
    const { phase } = this.store.connection;
    const entered = phase === 'online' || (this.#entered && phase !== 'signed_out');
    if (entered === this.#entered) return;
    this.#entered = entered;
    this.element.hidden = !entered;
    this.signInForm.element.hidden = entered;
    for (const topic of ['list', 'active', 'items', 'members', 'header', 'connection']) this.#dirty.add(topic);
    if (!entered) {
      document.title = texts.name;
      this.signInForm.render();
      this.signInForm.focus();
    } else {
      this.composer.focus();
    }
    this.#changed({ topics: ['active', 'list'] });
  }

  #rememberRooms() {
    const rooms = this.store
      .rooms()
      .filter((buffer) => buffer.wanted)
      .map(({ name }) => name);
    if (rooms.join() !== this.settings.rooms.join()) this.settings.set('rooms', rooms);
  }

  // The one that is wanted, also while another has to do.
  #rememberNick() {
    const nick = this.session.wantedNick();
    if (nick !== this.settings.stays?.nick) this.settings.stays = { nick };
    this.settings.set('nick', nick);
  }

  #setting(name) {
    if (name === 'theme') {
      const { theme } = this.settings;
      if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
      else delete document.documentElement.dataset.theme;
    }
    if (name === 'showJoins') this.store.changed('items');
  }

  // ---- the window ----

  #watchWindow() {
    const look = () => this.store.look(!document.hidden && document.hasFocus());
    document.addEventListener('visibilitychange', look);
    window.addEventListener('focus', look);
    window.addEventListener('blur', look);
    look();
    // What counts seconds.
    setInterval(
      () => this.store.changed('typing', ...(this.store.connection.phase === 'waiting' ? ['connection'] : [])),
      1000,
    );
    window.addEventListener('beforeunload', (event) => {
      if (this.session.outgoing.hasUnsent()) event.preventDefault();
    });
    listenToKeys(this);
  }

  #begin() {
    const { stays } = this.settings;
    if (stays?.nick && !nickProblem(stays.nick))
      this.signIn({ nick: stays.nick, room: this.wishedRoom(), resumes: true });
    this.store.changed('connection');
    this.signInForm.focus();
  }
}

function socketUrl() {
  const url = new URL('ws', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  return url.href;
}

function isPhone() {
  return window.matchMedia('(max-width: 760px)').matches;
}

function decodeURIComponentOr(text, otherwise) {
  try {
    return decodeURIComponent(text);
  } catch {
    return otherwise;
  }
}

new Page();
