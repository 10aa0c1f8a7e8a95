// The answer to WHOIS, in words. Pure.
import { durationText, exactText } from '../format/time.js';
import { texts } from '../texts.js';

// `lines` are those of parseLine().
export function whoisText(lines) {
  const w = texts.whois;
  const said = [];
  for (const { command, params } of lines) {
    if (command === '311') said.push(w.who(params[1], params.at(-1), `${params[2]}@${params[3]}`));
    else if (command === '319') said.push(w.rooms(params.at(-1).trim()));
    else if (command === '301') said.push(w.away(params.at(-1)));
    else if (command === '313') said.push(w.operator);
    else if (command === '335') said.push(w.bot);
    else if (command === '317') said.push(w.idle(durationText(Number(params[2])), exactText(Number(params[3]) * 1000)));
    else if (command === '338') said.push(w.address(params.slice(2, -1).join(' ')));
    else if (command === '401' || command === 'FAIL') said.push(w.nobody(params.at(-2)));
  }
  return said.join('\n');
}
