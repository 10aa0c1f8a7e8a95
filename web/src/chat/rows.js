// What is drawn of a timeline, row by row. Pure.
//
// A row has a `key`, a `version` (the same pair: drawn the same) and a `type`:
//   day      {time}                  between two days
//   marker                           what follows is new
//   item     {item, head}            said; `head`: with the name and time of who says it
//   event    {item}                  what happened and is no mere coming and going
//   fold     {items}                 comings and goings in a row

const GROUP_MS = 5 * 60 * 1000;
const FOLDED = new Set(['join', 'part', 'quit', 'nick']);

export function rowsOf(timeline, { marker = 0, dayOf }) {
  const rows = [];
  let day = null;
  let previous = null; // the item said before, if the next may stand under its head
  let fold = null;
  for (const item of [...timeline.items, ...timeline.pending]) {
    const today = dayOf(item.time);
    if (today !== day) {
      rows.push({ key: `day${today}`, version: '', type: 'day', time: item.time });
      day = today;
      previous = fold = null;
    }
    if (item.key === marker) {
      rows.push({ key: 'marker', version: '', type: 'marker' });
      previous = fold = null;
    }
    if (item.kind === 'event' && FOLDED.has(item.event)) {
      if (!fold) {
        fold = { key: `fold${item.key}`, version: 0, type: 'fold', items: [] };
        rows.push(fold);
      }
      fold.items.push(item);
      fold.version += 1;
      previous = null;
      continue;
    }
    fold = null;
    if (item.kind === 'message' || item.kind === 'action' || item.kind === 'notice') {
      const head = !follows(previous, item);
      rows.push({ key: item.key, version: versionOf(item, head, timeline), type: 'item', item, head });
      previous = item;
    } else {
      rows.push({ key: item.key, version: item.version, type: 'event', item });
      previous = null;
    }
  }
  return uniqueDays(rows);
}

// A reply also shows what it answers, which may come later, change, and go.
function versionOf(item, head, timeline) {
  const original = item.reply && timeline.find(item.reply);
  return [item.version, head, original?.version].join();
}

function follows(previous, item) {
  return (
    previous !== null &&
    previous.kind === item.kind &&
    item.kind === 'message' &&
    previous.from === item.from &&
    !item.reply &&
    !item.toRank &&
    !previous.toRank &&
    item.time - previous.time < GROUP_MS
  );
}

// Clocks of two machines may differ around midnight, so a day can come twice.
function uniqueDays(rows) {
  const seen = new Map();
  for (const row of rows) {
    if (row.type !== 'day') continue;
    const count = (seen.get(row.key) ?? 0) + 1;
    seen.set(row.key, count);
    if (count > 1) row.key += `-${count}`;
  }
  return rows;
}

// Comings and goings in few words: {joined, left, passed, renamed}, lists of nicks; `passed` came and went again, or
// the other way round. `renamed` has pairs.
export function summary(items) {
  const first = new Map();
  const last = new Map();
  const renamed = [];
  for (const { event, nick, to } of items) {
    if (event === 'nick') {
      renamed.push([nick, to]);
      if (last.has(nick)) {
        last.set(to, last.get(nick));
        first.set(to, first.get(nick));
        last.delete(nick);
        first.delete(nick);
      }
      continue;
    }
    const comes = event === 'join';
    if (!first.has(nick)) first.set(nick, comes);
    last.set(nick, comes);
  }
  const result = { joined: [], left: [], passed: [], renamed };
  for (const [nick, comes] of last) {
    if (first.get(nick) !== comes) result.passed.push(nick);
    else (comes ? result.joined : result.left).push(nick);
  }
  return result;
}
