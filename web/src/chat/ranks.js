// What a MODE says of ranks, for the list of members: `letters` are +o-v, `parameters` [ada, bob]. Pure.

export function changeRanks(buffer, letters, parameters, support) {
  const rest = [...parameters];
  const ranks = support.ranks();
  let adds = true;
  for (const letter of letters) {
    if (letter === '+' || letter === '-') adds = letter === '+';
    else {
      const parameter = support.modeTakes(letter, adds) ? rest.shift() : undefined;
      const rank = ranks.find(({ mode }) => mode === letter);
      const member = rank && parameter !== undefined ? buffer.member(parameter) : undefined;
      if (member) {
        const has = ranks.filter(({ prefix }) => (prefix === rank.prefix ? adds : member.ranks.includes(prefix)));
        buffer.setMember(member.nick, { ranks: has.map(({ prefix }) => prefix).join('') });
      }
    }
  }
}
