// The colours that messages may ask for, made readable on a light and on a dark page. Pure.

// 0 to 15, as most clients show them, and 16 to 98 (https://modern.ircdocs.horse/formatting#colors-16-98).
const PALETTE = `
ffffff 000000 00007f 009300 ff0000 7f0000 9c009c fc7f00 ffff00 00fc00 009393 00ffff 0000fc ff00ff 7f7f7f d2d2d2
470000 472100 474700 324700 004700 00472c 004747 002747 000047 2e0047 470047 47002a
740000 743a00 747400 517400 007400 007449 007474 004074 000074 4b0074 740074 740045
b50000 b56300 b5b500 7db500 00b500 00b571 00b5b5 0063b5 0000b5 7500b5 b500b5 b5006b
ff0000 ff8c00 ffff00 b2ff00 00ff00 00ffa0 00ffff 008cff 0000ff a500ff ff00ff ff0098
ff5959 ffb459 ffff71 cfff60 6fff6f 65ffc9 6dffff 59b4ff 5959ff c459ff ff66ff ff59bc
ff9c9c ffd39c ffff9c e2ff9c 9cff9c 9cffdb 9cffff 9cd3ff 9c9cff dc9cff ff9cff ff94d3
000000 131313 282828 363636 4d4d4d 656565 818181 9f9f9f bcbcbc e2e2e2 ffffff
`
  .trim()
  .split(/\s+/);

// `#rrggbb`, or null for 99 (the page's own colour) and what is no colour.
export function paletteColour(code) {
  return code < PALETTE.length ? `#${PALETTE[code]}` : null;
}

export const LIGHT_PAGE = '#ffffff';
export const DARK_PAGE = '#171a21';
const ENOUGH = 4.6; // WCAG AA asks for 4.5 : 1

// The colour, moved towards black or white until it can be read on `background`.
export function readableOn(colour, background) {
  const towards = contrast('#000000', background) > contrast('#ffffff', background) ? 0 : 255;
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(colour, towards, share);
    if (contrast(mixed, background) >= ENOUGH) return mixed;
  }
  return towards === 0 ? '#000000' : '#ffffff';
}

export function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

// One of so many colours for a name, always the same.
export function colourIndex(name, count) {
  let hash = 2166136261;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  return (hash >>> 0) % count;
}

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

function mix(colour, towards, share) {
  const mixed = channels(colour).map((value) => Math.round(value + (towards - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

// WCAG 2.1, relative luminance.
function luminance(colour) {
  const [red, green, blue] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
