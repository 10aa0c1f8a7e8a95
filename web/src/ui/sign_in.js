// What is seen first: who one wants to be, and where.
import { isRoomName, roomName } from '../irc/names.js';
import { nickProblem } from '../session/registration.js';
import { texts } from '../texts.js';
import { labelled } from './dialog.js';
import { el } from './dom.js';
import { icon } from './icons.js';

const s = texts.signIn;

export class SignIn {
  #askedFor = null; // the problem that the password field was shown for
  #complaint = ''; // what is wrong in the form, before anything is sent

  constructor(page) {
    this.page = page;
    const field = (properties) =>
      el('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', ...properties });
    this.nick = field({ value: page.settings.nick, maxlength: '32', name: 'nick', autocomplete: 'username' });
    this.room = field({ value: page.wishedRoom(), maxlength: '64', name: 'room' });
    this.password = field({ type: 'password', name: 'password', autocomplete: 'current-password' });
    this.passwordRow = labelled(s.password, this.password);
    this.passwordRow.hidden = true;
    this.problem = el('p', { class: 'problem', role: 'alert' });
    this.status = el('p', { class: 'hint', role: 'status' });
    this.submit = el('button', { class: 'button wide', type: 'submit', text: s.submit });
    this.form = el(
      'form',
      { novalidate: true, on: { submit: (event) => this.#submit(event) } },
      labelled(s.nick, this.nick, s.nickHint),
      labelled(s.room, this.room, s.roomHint),
      this.passwordRow,
      this.problem,
      this.submit,
      this.status,
    );
    this.element = el(
      'main',
      { class: 'sign-in' },
      el(
        'div',
        { class: 'card' },
        el('div', { class: 'brand' }, el('span', { class: 'logo' }, icon('bubble')), el('span', { text: texts.name })),
        el('h1', { text: s.title }),
        el('p', { class: 'lead', text: s.lead }),
        this.form,
      ),
    );
  }

  render() {
    const { phase, problem, retryAt } = this.page.store.connection;
    const busy = phase === 'connecting' && !problem;
    this.submit.disabled = busy;
    if (problem?.kind === 'password') this.#askPassword(problem);
    this.#say(this.#complaint || (problem ? this.#wordsFor(problem) : ''));
    if (phase === 'waiting')
      this.status.textContent = s.unreachable(Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)));
    else this.status.textContent = busy ? s.connecting : '';
  }

  focus() {
    const empty = this.nick.value === '' ? this.nick : this.submit;
    empty.focus();
  }

  #submit(event) {
    event.preventDefault();
    const nick = this.nick.value.trim();
    const room = roomName(this.room.value);
    const wrong = nickProblem(nick);
    if (wrong) return this.#complain(s[wrong], this.nick);
    if (room !== '' && !isRoomName(room)) return this.#complain(s.roomWrong, this.room);
    this.#complaint = '';
    return this.page.signIn({ nick, room, password: this.password.value });
  }

  #complain(words, field) {
    this.#complaint = words;
    this.#say(words);
    field.focus();
  }

  // Said again only when it changes, so that a screen reader does not repeat it.
  #say(words) {
    if (this.problem.textContent !== words) this.problem.textContent = words;
    const nickIsWrong = words !== '' && this.page.store.connection.problem?.kind?.startsWith('nick');
    this.nick.setAttribute('aria-invalid', String(Boolean(nickIsWrong)));
  }

  #wordsFor(problem) {
    if (problem.kind === 'password') return this.password.value === '' ? s.passwordNeeded : s.passwordWrong;
    return s[problem.kind](problem);
  }

  #askPassword(problem) {
    this.passwordRow.hidden = false;
    if (this.#askedFor === problem) return;
    this.#askedFor = problem;
    this.password.focus();
  }
}
