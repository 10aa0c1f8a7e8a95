// The dialogs: rooms, topic, oneself, settings, help, emoji.
import { QUICK_REACTIONS, findEmoji, loadEmoji } from '../format/emoji.js';
import { plainText } from '../format/codes.js';
import { COMMANDS, usageOf } from '../session/commands.js';
import { roomName } from '../irc/names.js';
import { texts } from '../texts.js';
import { buttons, checkbox, labelled, openDialog } from './dialog.js';
import { clear, el } from './dom.js';

const d = texts.dialogs;
const MOST_ROOMS = 100;

function form(submit, ...children) {
  return el(
    'form',
    {
      on: {
        submit: (event) => {
          event.preventDefault();
          submit();
        },
      },
    },
    ...children,
  );
}

function text(properties) {
  return el('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', ...properties });
}

// ---- rooms ----

export function roomsDialog(page) {
  openDialog({ title: d.join.title, className: 'rooms-dialog', content: (close) => roomsContent(page, close) });
}

function roomsContent(page, close) {
  const name = text({ value: '#', autofocus: true, maxlength: '64', autocapitalize: 'none' });
  const key = text({});
  const problem = el('p', { class: 'problem', role: 'alert' });
  const list = el('ul', { class: 'room-list' });
  const status = el('p', { class: 'hint', role: 'status', text: d.join.loading });
  let rooms = [];
  const go = async (wanted) => {
    const said = await page.goToRoom(wanted, key.value.trim());
    if (said === null) close();
    else problem.textContent = said || d.join.failed;
  };
  const render = () => {
    const shown = matching(rooms, name.value).slice(0, MOST_ROOMS);
    clear(list, ...shown.map((room) => el('li', {}, roomEntry(room, go))));
    status.textContent = shown.length === 0 ? d.join.none : '';
  };
  name.addEventListener('input', render);
  page.session.listRooms().then(
    (found) => {
      rooms = found;
      render();
    },
    () => {
      status.textContent = texts.commands.offline;
    },
  );
  return form(
    () => roomName(name.value).length > 1 && go(name.value),
    labelled(d.join.name, name, d.join.filter),
    labelled(d.join.key, key),
    problem,
    buttons(close, d.join.submit),
    el('h3', { text: d.join.list }),
    status,
    list,
  );
}

function matching(rooms, typed) {
  const wanted = typed.replace(/^#/, '').toLowerCase();
  return rooms.filter(({ name, topic }) => name.toLowerCase().includes(wanted) || topic.toLowerCase().includes(wanted));
}

function roomEntry({ name, members, topic }, go) {
  return el(
    'button',
    { class: 'room-entry', type: 'button', on: { click: () => go(name) } },
    el('span', { class: 'name', text: name }),
    el('span', { class: 'people', text: d.join.people(members) }),
    topic !== '' && el('span', { class: 'what', text: plainText(topic) }),
  );
}

// ---- topic ----

export function topicDialog(page) {
  const buffer = page.store.current;
  openDialog({
    title: d.topic.title,
    content: (close) => {
      const field = el('textarea', { rows: '3', maxlength: '390', autofocus: true });
      field.value = buffer.topic;
      const submit = () => {
        page.session.setTopic(buffer, field.value.replace(/\s+/g, ' ').trim());
        close();
      };
      field.addEventListener('keydown', (event) => {
        if (event.key === 'Enter') {
          event.preventDefault();
          submit();
        }
      });
      return form(submit, labelled(d.topic.label(buffer.name), field, d.topic.hint), buttons(close, d.save));
    },
  });
}

// ---- oneself ----

export function meDialog(page) {
  const { me } = page.store;
  openDialog({
    title: d.me.title,
    content: (close) => {
      const nick = text({ value: me.nick, maxlength: '32', autocapitalize: 'none', autofocus: true });
      const reason = text({ value: me.away ?? '', maxlength: '200' });
      const problem = el('p', { class: 'problem', role: 'alert' });
      let away = me.away !== null;
      const reasonRow = labelled(d.me.reason, reason, d.me.awayHint);
      reasonRow.hidden = !away;
      const toggle = (on) => {
        away = on;
        reasonRow.hidden = !on;
        if (on) reason.focus();
      };
      return form(
        async () => {
          problem.textContent = await page.changeMe({
            nick: nick.value.trim(),
            away: away ? reason.value.trim() || texts.commands.awayReason : null,
          });
          if (problem.textContent === '') close();
        },
        labelled(d.me.nick, nick, texts.signIn.nickHint),
        checkbox(d.me.away, away, toggle),
        reasonRow,
        problem,
        buttons(close, d.save),
      );
    },
  });
}

// ---- settings ----

export function settingsDialog(page) {
  const s = d.settings;
  openDialog({
    title: s.title,
    content: (close) => {
      const hint = el('p', { class: 'hint', role: 'status', text: notifyHint(page) });
      const theme = el(
        'fieldset',
        {},
        el('legend', { text: s.theme }),
        el(
          'div',
          { class: 'choices' },
          ...Object.entries(s.themes).map(([value, label]) => themeChoice(page, value, label)),
        ),
      );
      return el(
        'div',
        {},
        theme,
        checkbox(
          s.notify,
          page.settings.notify && page.notifier.allowed(),
          async (on, box) => {
            box.checked = await page.notifier.turn(on);
            hint.textContent = notifyHint(page);
          },
          { disabled: !page.notifier.possible() },
        ),
        hint,
        checkbox(s.showJoins, page.settings.showJoins, (on) => page.settings.set('showJoins', on)),
        el(
          'div',
          { class: 'dialog-buttons' },
          el('button', {
            class: 'button quiet',
            type: 'button',
            text: s.signOut,
            on: {
              click: () => {
                close();
                page.signOut();
              },
            },
          }),
        ),
      );
    },
  });
}

function themeChoice(page, value, label) {
  const radio = el('input', {
    type: 'radio',
    name: 'theme',
    value,
    checked: page.settings.theme === value,
    on: { change: () => page.settings.set('theme', value) },
  });
  return el('label', { class: 'check' }, radio, el('span', { text: label }));
}

function notifyHint(page) {
  if (!page.notifier.possible()) return d.settings.notifyMissing;
  return page.notifier.denied() ? d.settings.notifyDenied : d.settings.notifyHint;
}

// ---- help ----

export function helpDialog() {
  const h = d.help;
  openDialog({
    title: h.title,
    className: 'wide',
    readOnly: true,
    content: () => [
      el('h3', { text: h.commands }),
      table(COMMANDS.map((row) => [usageOf(row), row.help])),
      el('h3', { text: h.keys }),
      table(h.keyRows),
      el('h3', { text: h.writing }),
      table(h.writingRows),
    ],
  });
}

function table(rows) {
  return el(
    'dl',
    { class: 'table' },
    ...rows.map(([term, what]) => el('div', {}, el('dt', {}, el('kbd', { text: term })), el('dd', { text: what }))),
  );
}

// ---- emoji ----

export function emojiDialog(picked) {
  openDialog({
    title: d.emoji.title,
    className: 'emoji-dialog',
    content: (close) => {
      const pick = (char) => {
        close();
        picked(char);
      };
      const search = el('input', {
        type: 'search',
        autocomplete: 'off',
        'aria-label': d.emoji.search,
        placeholder: d.emoji.search,
        autofocus: true,
      });
      const list = el('div', { class: 'emoji-list' });
      const problem = el('p', { class: 'problem', role: 'alert' });
      const render = async () => {
        const groups = await loadEmoji().catch(() => null);
        problem.textContent = groups ? '' : d.emoji.failed;
        if (!groups) return;
        const quick = {
          title: d.emoji.quick,
          emoji: QUICK_REACTIONS.map((char) => ({ char, name: nameIn(groups, char) })),
        };
        const typed = search.value.trim();
        const found = typed === '' ? [quick, ...groups] : [{ title: '', emoji: findEmoji(typed, 80) }];
        clear(list, ...found.map((group) => emojiGroup(group, pick)));
      };
      search.addEventListener('input', render);
      render();
      // Who types and sends at once, before the list has come, gets what it then finds; not if he has closed it meanwhile.
      const pickFirst = () => list.closest('dialog[open]') && list.querySelector('button')?.click();
      return form(() => render().then(pickFirst), search, problem, list);
    },
  });
}

function nameIn(groups, char) {
  return groups.flatMap((group) => group.emoji).find((entry) => entry.char === char)?.name ?? char;
}

function emojiGroup({ title, emoji }, pick) {
  if (emoji.length === 0) return el('p', { class: 'hint', text: d.emoji.none });
  return el(
    'section',
    {},
    title !== '' && el('h3', { text: title }),
    el(
      'div',
      { class: 'emoji-grid' },
      ...emoji.map(({ char, name }) =>
        el('button', {
          type: 'button',
          title: `:${name}:`,
          'aria-label': name.replaceAll('_', ' '),
          text: char,
          on: { click: () => pick(char) },
        }),
      ),
    ),
  );
}
