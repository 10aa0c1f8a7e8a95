// Emoji by name. Pure, but for loading the list when it is first asked for.

export const QUICK_REACTIONS = ['👍', '❤️', '😂', '🎉', '😮', '😢'];

let loading = null;
let loaded = null;

// [{title, emoji: [{char, name, words}]}]. Fails where the list cannot be had now; the next call asks for it again.
export function loadEmoji() {
  loading ??= import('./emoji_list.js').then(
    ({ EMOJI_GROUPS }) => {
      loaded = EMOJI_GROUPS.map(([title, lines]) => ({ title, emoji: lines.trim().split('\n').map(entryOf) }));
      return loaded;
    },
    (error) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}

function entryOf(line) {
  const [char, name, ...words] = line.split(' ');
  return { char, name, words };
}

// Those whose name or words begin with, or else contain, `text`: at most `most`, the best first. None before the list
// has been loaded.
export function findEmoji(text, most = 8) {
  const wanted = text.toLowerCase();
  const ranked = [];
  for (const entry of (loaded ?? []).flatMap((group) => group.emoji)) {
    const rank = rankOf(entry, wanted);
    if (rank !== null) ranked.push({ entry, rank });
  }
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ entry }) => entry);
}

function rankOf({ name, words }, wanted) {
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  if (words.some((word) => word.startsWith(wanted))) return 2;
  return name.includes(wanted) ? 3 : null;
}

// `:name:` where one is known by that very name.
export function replaceNames(text) {
  if (!loaded) return text;
  return text.replace(/(?<![\w:]):([\w+-]+):(?![\w:])/g, (whole, name) => {
    const entry = loaded.flatMap((group) => group.emoji).find((one) => one.name === name);
    return entry ? entry.char : whole;
  });
}

// A message of up to three emoji and nothing else is shown larger.
export function onlyEmoji(text) {
  return /^(?:\s*(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:\u200D\p{Extended_Pictographic}\uFE0F?)*)){1,3}\s*$/u.test(
    text,
  );
}
