// Those who come without a browser: one by IRC, one as nc does.
import { connect } from 'node:net';
import { parseLine } from '../../../web/src/irc/line.js';
import { until } from './until.js';

class Person {
  lines = [];
  #socket;
  #rest = '';

  constructor(port) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (text) => this.#received(text));
    this.#socket.on('error', () => {}); // the server may be gone first; who waits for something learns it by the deadline
  }

  send(...lines) {
    for (const line of lines) this.#socket.write(`${line}\r\n`);
  }

  // The first line that has come, or comes, and is as `check` wants it.
  sees(what, check) {
    return until(what, () => this.lines.find(check));
  }

  leave() {
    this.#socket.end();
  }

  received(line) {
    this.lines.push(line);
  }

  #received(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) this.received(line.replace(/\r$/, ''));
  }
}

export class IrcPerson extends Person {
  static async come(server, nick, ...rooms) {
    const person = new IrcPerson(server.ports.irc);
    person.nick = nick;
    person.send(
      'CAP REQ :message-tags echo-message server-time batch draft/multiline draft/message-redaction',
      `NICK ${nick}`,
      `USER ${nick} 0 * :${nick}`,
      'CAP END',
    );
    await person.sees('the welcome', ({ command }) => command === '376' || command === '422');
    for (const room of rooms) person.send(`JOIN ${room}`);
    await person.fence();
    return person;
  }

  received(text) {
    const line = parseLine(text);
    if (line?.command === 'PING') this.send(`PONG :${line.params[0]}`);
    else if (line) this.lines.push(line);
  }

  say(target, text, tags = '') {
    this.send(`${tags && `@${tags} `}PRIVMSG ${target} :${text}`);
  }

  // When it is answered, everybody has been told what was done before.
  async fence() {
    const token = `fence${this.lines.length}`;
    this.send(`PING ${token}`);
    await this.sees('the fence', ({ command, params }) => command === 'PONG' && params.at(-1) === token);
  }

  // What was said in a room, in its order.
  said(room) {
    return this.lines
      .filter(({ command, params }) => command === 'PRIVMSG' && params[0] === room)
      .map(({ params }) => params[1]);
  }

  sawMessage(text) {
    return this.sees(`"${text}"`, ({ command, params }) => command === 'PRIVMSG' && params[1] === text);
  }

  async idOf(text) {
    const { tags } = await this.sawMessage(text);
    return tags.get('msgid');
  }
}

export class NcPerson extends Person {
  static async come(server, nick) {
    const person = new NcPerson(server.ports.line);
    await person.sees('the greeting', (line) => line.startsWith('* Welcome'));
    person.send(`/nick ${nick}`);
    await person.sees('the new nick', (line) => line.endsWith(` is now ${nick}`));
    return person;
  }

  sawMessage(text) {
    return this.sees(`"${text}"`, (line) => line.endsWith(`> ${text}`));
  }
}
