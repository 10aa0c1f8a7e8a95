// Times as the reader's zone and language have them. Pure, but for asking the browser for these two.

const DAY_MS = 24 * 60 * 60 * 1000;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const date = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
const dateWithYear = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});

export function clockText(time) {
  return clock.format(time);
}

export function exactText(time) {
  return exact.format(time);
}

// A word for the day in the reader's zone, the same for all times of that day.
export function dayOf(time) {
  const at = new Date(time);
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
}

// `words`: {today, yesterday}.
export function dayText(time, now, words) {
  if (dayOf(time) === dayOf(now)) return words.today;
  if (dayOf(time) === dayOf(now - DAY_MS)) return words.yesterday;
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? date : dateWithYear).format(time);
}

// `1 h 5 min`; for idle times.
export function durationText(seconds) {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

// The server's times (IRCv3 "server-time"). Now, where there is none or it is none.
export function serverTime(text, now) {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? now : time;
}
