// One row of a conversation (chat/rows.js), as an element.
import { onlyEmoji } from '../format/emoji.js';
import { plainText } from '../format/codes.js';
import { colourIndex } from '../format/colours.js';
import { clockText, dayText, exactText } from '../format/time.js';
import { fold, sameName } from '../irc/names.js';
import { summary } from '../chat/rows.js';
import { texts } from '../texts.js';
import { el } from './dom.js';
import { richText } from './rich_text.js';

const NICK_COLOURS = 12;
const QUOTE_LENGTH = 120;
const FOLDED_SHOWN = 200;

export function nickClass(nick) {
  return `nick-${colourIndex(fold(nick), NICK_COLOURS)}`;
}

export function avatar(nick) {
  return el('span', {
    class: `avatar ${nickClass(nick)}`,
    'aria-hidden': 'true',
    text: [...nick][0]?.toUpperCase() ?? '?',
  });
}

function timeOf(time) {
  return el('time', { datetime: new Date(time).toISOString(), title: exactText(time), text: clockText(time) });
}

// `page` has what can be done: goToRoom(name), jumpTo(msgid), toggleReaction(item, emoji), resend(item), discard(item).
// `open` is a set of the keys of rows that were unfolded.
export function makeRow(row, page, open) {
  if (row.type === 'day')
    return el('li', { class: 'row day' }, el('span', { text: dayText(row.time, Date.now(), texts.messages) }));
  if (row.type === 'marker') return el('li', { class: 'row marker' }, el('span', { text: texts.messages.unread }));
  if (row.type === 'fold') return foldRow(row, open);
  return row.type === 'item' ? saidRow(row, page) : toldRow(row.item, page);
}

// ---- what was said ----

function saidRow({ item, head }, page) {
  const classes = ['row', 'said', `kind-${item.kind}`];
  if (head) classes.push('head');
  if (item.mention) classes.push('mention');
  if (item.state) classes.push('pending', `state-${item.state}`);
  const row = el('li', { class: classes.join(' '), tabindex: '-1', 'data-key': item.key, 'data-msgid': item.msgid });
  row.append(el('div', { class: 'gutter' }, head ? avatar(item.from) : timeOf(item.time)));
  row.append(
    el(
      'div',
      { class: 'body' },
      head && item.kind !== 'action' ? headLine(item) : el('span', { class: 'unseen', text: `${item.from}: ` }),
      item.reply && quote(item, page),
      textOf(item, page),
      reactions(item, page),
      item.state && stateLine(item, page),
    ),
  );
  return row;
}

function headLine(item) {
  const badge = (text) => el('span', { class: 'badge', text });
  return el(
    'div',
    { class: 'head-line' },
    el('span', { class: `nick ${nickClass(item.from)}`, text: item.from }),
    item.bot && badge(texts.messages.bot),
    item.kind === 'notice' && badge(texts.messages.notice),
    item.toRank && badge(texts.messages.toRank(item.toRank)),
    ' ',
    timeOf(item.time),
  );
}

function textOf(item, page) {
  if (item.redacted) return el('div', { class: 'text redacted', text: redactedText(item) });
  const large = item.kind === 'message' && onlyEmoji(item.text);
  const text = el('div', { class: large ? 'text large' : 'text' });
  if (item.kind === 'action') text.append(el('span', { class: `nick ${nickClass(item.from)}`, text: item.from }), ' ');
  text.append(...richText(item.text, page.goToRoom));
  if (item.kind === 'action') text.append(' ', timeOf(item.time));
  return text;
}

function redactedText({ from, redacted: { by, reason } }) {
  return texts.messages.redacted(by, sameName(by, from), plainText(reason));
}

function quote(item, page) {
  const original = page.find(item.reply);
  if (!original) return el('div', { class: 'quote', text: texts.messages.unknownReply });
  return el(
    'button',
    {
      class: 'quote',
      type: 'button',
      title: texts.messages.inReply(original.from),
      on: { click: () => page.jumpTo(item.reply) },
    },
    el('span', { class: `nick ${nickClass(original.from)}`, text: original.from }),
    ' ',
    original.redacted ? redactedText(original) : [...plainText(original.text)].slice(0, QUOTE_LENGTH).join(''),
  );
}

function reactions(item, page) {
  if (item.reactions.size === 0) return null;
  const buttons = [...item.reactions].map(([emoji, nicks]) => {
    const names = [...nicks];
    const label = texts.messages.reaction(emoji, names);
    const mine = names.some((nick) => page.isMe(nick));
    return el(
      'button',
      {
        class: 'reaction',
        type: 'button',
        'aria-pressed': String(mine),
        'aria-label': label,
        title: label,
        on: { click: () => page.toggleReaction(item, emoji) },
      },
      `${emoji} `,
      el('span', { text: String(names.length) }),
    );
  });
  return el('div', { class: 'reactions' }, ...buttons);
}

function stateLine(item, page) {
  const m = texts.messages;
  const asks = item.state === 'failed' || item.state === 'unsure';
  const words = item.state === 'failed' ? m.failed(item.why) : m[item.state];
  const button = (text, act) => el('button', { class: 'link', type: 'button', text, on: { click: () => act(item) } });
  return el(
    'div',
    { class: asks ? 'state asks' : 'state' },
    el('span', { text: words }),
    asks && button(m.again, page.resend),
    asks && button(m.discard, page.discard),
  );
}

// ---- what happened ----

function toldRow(item, page) {
  const words = item.kind === 'event' ? eventText(item) : (item.text ?? texts.messages.gap);
  return el(
    'li',
    { class: `row told kind-${item.kind}`, tabindex: '-1' },
    el('div', { class: 'gutter' }, timeOf(item.time)),
    el('div', { class: 'body' }, el('div', { class: 'text' }, ...richText(words, page.goToRoom))),
  );
}

export function eventText(item) {
  const e = texts.events;
  switch (item.event) {
    case 'join':
      return e.joinOne(item.nick);
    case 'part':
      return e.part(item.nick, item.reason);
    case 'quit':
      return e.quit(item.nick, item.reason);
    case 'nick':
      return e.renamed(item.nick, item.to);
    case 'kick':
      return e.kick(item.nick, item.who, item.reason);
    case 'topic':
      return e.topic(item.nick, item.topic);
    default:
      return e.mode(item.nick, item.modes);
  }
}

function foldRow(row, open) {
  if (row.items.length === 1)
    return el(
      'li',
      { class: 'row told fold', tabindex: '-1' },
      el('div', { class: 'gutter' }, timeOf(row.items[0].time)),
      el('div', { class: 'body' }, plainEvent(row.items[0])),
    );
  const list = el('ul');
  const details = el('details', { open: open.has(row.key) }, el('summary', { text: foldText(row.items) }), list);
  // Made only for who wants to see it: a crowd that comes makes the row anew each time.
  const fill = () => {
    const items = details.open ? row.items.slice(-FOLDED_SHOWN) : [];
    list.replaceChildren(...items.map((item) => el('li', {}, timeOf(item.time), ' ', plainEvent(item))));
  };
  details.addEventListener('toggle', () => {
    if (details.open) open.add(row.key);
    else open.delete(row.key);
    fill();
  });
  fill();
  return el(
    'li',
    { class: 'row told fold', tabindex: '-1' },
    el('div', { class: 'gutter' }, timeOf(row.items.at(-1).time)),
    el('div', { class: 'body' }, details),
  );
}

function plainEvent(item) {
  return el('span', { class: 'text', text: plainText(eventText(item)) });
}

export function foldText(items) {
  const { joined, left, passed, renamed } = summary(items);
  const e = texts.events;
  const said = [];
  if (joined.length > 0) said.push(e.join(joined));
  if (left.length > 0) said.push(e.left(left));
  if (passed.length > 0) said.push(e.passed(passed));
  for (const [from, to] of renamed.slice(0, 3)) said.push(e.renamed(from, to));
  return said.join(' · ');
}
