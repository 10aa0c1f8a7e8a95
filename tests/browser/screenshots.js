// Makes the pictures of README.md: node tests/browser/screenshots.js build/banterd FOLDER. Look at them before they are
// committed. The fonts are the machine's; for emoji, Debian's fonts-noto-color-emoji.
import { join } from 'node:path';
import { Banterd } from './support/banterd.js';
import { Browser, PHONE } from './support/chromium.js';
import { IrcPerson, NcPerson } from './support/people.js';
import { until } from './support/until.js';

const folder = process.argv[3] ?? '.';

const server = await Banterd.start({
  server: { network: 'banter' },
  limits: { message_burst: 1000, messages_per_second: 1000 },
});
const browser = await Browser.launch();
try {
  await desktop();
  await phone();
} finally {
  await browser.close();
  await server.remove();
}

async function crowd() {
  const come = (nick, ...rooms) => IrcPerson.come(server, nick, ...rooms);
  const people = {
    bob: await come('bob', '#design', '#lobby', '#operations'),
    eve: await come('eve', '#design', '#lobby'),
    mia: await come('mia', '#design'),
    noor: await come('noor', '#design', '#operations'),
    otto: await come('otto', '#lobby'),
  };
  people.bob.send(
    'TOPIC #design :The page, and how it looks 🎨 · notes: https://example.com/notes',
    'MODE #design +v mia',
  );
  people.mia.send('AWAY :back at three');
  await people.bob.fence();
  return people;
}

async function desktop() {
  const { bob, eve, mia, noor, otto } = await crowd();
  // Each waits until all have heard the one before.
  const say = async (person, room, text, tags) => {
    person.say(room, text, tags);
    await person.sawMessage(text);
    await bob.sawMessage(text);
  };
  await say(bob, '#design', 'Morning! The new page is on the test server. Who has a minute to look at it?');
  await say(
    bob,
    '#design',
    'It has \x02bold\x02, \x1ditalic\x1d, \x0304colours\x03 and \x11code\x11, whatever client they come from.',
  );
  await say(eve, '#design', 'I am on irssi and see you fine. Dark theme next?');
  await say(noor, '#design', 'I reloaded the server three times while typing this. Nobody noticed, did you?');
  const ada = await browser.visit(server.url);
  await ada.signIn('ada', '#design');
  await ada.sees('I am on irssi and see you fine. Dark theme next?');
  await ada.say('Not a flicker.');
  await ada.seesConfirmed('Not a flicker.');
  const id = await eve.idOf('I am on irssi and see you fine. Dark theme next?');
  await ada.use('Dark theme next?', 'Reply');
  await ada.say('It is in the settings already, or as your system has it 🌙');
  await ada.seesConfirmed('It is in the settings already, or as your system has it 🌙');
  for (const person of [bob, noor, mia]) person.send(`@+draft/react=👍;+draft/reply=${id} TAGMSG #design`);
  const mine = await bob.idOf('It is in the settings already, or as your system has it 🌙');
  for (const person of [eve, bob]) person.send(`@+draft/react=🎉;+draft/reply=${mine} TAGMSG #design`);
  const carl = await NcPerson.come(server, 'carl');
  carl.send('/join #design');
  await ada.has('.fold', 'carl joined');
  carl.send('Hello from nc, the oldest chat client there is.');
  await ada.sees('Hello from nc, the oldest chat client there is.');
  await say(mia, '#design', 'ada: great, I will try it on my phone this afternoon.');
  await ada.say('/join #lobby');
  await ada.inRoom('#lobby');
  await ada.say('/join #operations');
  await ada.inRoom('#operations');
  await ada.openConversation('design');
  otto.say('#lobby', 'Lunch, anybody?');
  otto.say('#lobby', 'ada, you too');
  eve.say('ada', 'Can I show you something?');
  await ada.has('.entry.mentioned', 'lobby');
  await ada.has('.entry.mentioned', 'eve');
  for (let at = 0; at < 2; at += 1) eve.send('@+typing=active TAGMSG #design');
  await ada.has('.typing', 'eve is typing');
  await ada.page.mouse.move(640, 60);
  await until('it has been drawn', () =>
    ada.page.evaluate(
      () =>
        new Promise((resolve) => {
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)));
        }),
    ),
  );
  await ada.page.screenshot({ path: join(folder, 'desktop.png') });
  for (const person of [bob, eve, mia, noor, otto, carl]) person.leave();
}

async function phone() {
  const kim = await browser.visit(server.url, {
    ...PHONE,
    viewport: { width: 390, height: 720 },
    deviceScaleFactor: 1.5,
    colorScheme: 'dark',
  });
  const bob = await IrcPerson.come(server, 'robin', '#holiday');
  const eve = await IrcPerson.come(server, 'alma', '#holiday');
  bob.send('TOPIC #holiday :Where to? 🏝️');
  await bob.fence();
  bob.say('#holiday', 'So, the sea or the mountains?');
  await eve.sawMessage('So, the sea or the mountains?');
  eve.say('#holiday', 'The sea! I found a house with a garden: https://example.com/house');
  await eve.sawMessage('The sea! I found a house with a garden: https://example.com/house');
  await kim.signIn('kim', '#holiday');
  await kim.say('The sea, then. Who drives? 🚗');
  await kim.seesConfirmed('The sea, then. Who drives? 🚗');
  const id = await eve.idOf('The sea! I found a house with a garden: https://example.com/house');
  for (const person of [bob, eve]) person.send(`@+draft/react=❤️;+draft/reply=${id} TAGMSG #holiday`);
  bob.say(
    '#holiday',
    'I do, if kim brings the \x1dmusic\x1d',
    `+draft/reply=${await bob.idOf('The sea, then. Who drives? 🚗')}`,
  );
  await kim.has('.row.mention', 'music');
  await kim.has('.reaction', '❤️ 2');
  await kim.say('🎉');
  await kim.seesConfirmed('🎉');
  await kim.page.evaluate(() => document.activeElement.blur());
  await kim.page.screenshot({ path: join(folder, 'phone.png') });
  for (const person of [bob, eve]) person.leave();
}
