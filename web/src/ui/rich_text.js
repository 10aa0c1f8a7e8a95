// What somebody said, as nodes: formatting, links, rooms. Whatever it is, it is text, links of the web, and buttons.
import { runsOf } from '../format/codes.js';
import { DARK_PAGE, LIGHT_PAGE, readableOn } from '../format/colours.js';
import { pieces } from '../format/links.js';
import { el } from './dom.js';

const FLAGS = ['bold', 'italic', 'underline', 'strike', 'mono', 'reverse'];

// `onRoom(name)`: somebody wants to go there. Without it rooms are mere text.
export function richText(text, onRoom) {
  return runsOf(text)
    .map((run) => {
      const nodes = pieces(run.text).map((piece) => nodeOf(piece, onRoom));
      return isPlain(run) ? nodes : styled(run, nodes);
    })
    .flat();
}

function nodeOf({ text, href, room }, onRoom) {
  if (href) return el('a', { href, target: '_blank', rel: 'noopener noreferrer', text });
  if (room && onRoom)
    return el('button', { class: 'room-link', type: 'button', text, on: { click: () => onRoom(room) } });
  return document.createTextNode(text);
}

function isPlain(run) {
  return !run.fg && !run.bg && !FLAGS.some((flag) => run[flag]);
}

function styled(run, nodes) {
  const classes = FLAGS.filter((flag) => run[flag]).map((flag) => `f-${flag}`);
  const span = el('span', {}, ...nodes);
  // Colours are given to the style sheet as variables: one for each appearance of the page.
  if (run.bg) {
    classes.push('f-bg');
    span.style.setProperty('--text-bg', run.bg);
    span.style.setProperty('--text-on-bg', readableOn(run.fg ?? '#808080', run.bg));
  } else if (run.fg) {
    classes.push('f-fg');
    span.style.setProperty('--text-light', readableOn(run.fg, LIGHT_PAGE));
    span.style.setProperty('--text-dark', readableOn(run.fg, DARK_PAGE));
  }
  span.className = classes.join(' ');
  return span;
}
