import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Settings } from '../../../web/src/settings.js';

class PlayedStorage {
  #values = new Map();

  getItem(key) {
    return this.#values.get(key) ?? null;
  }
  setItem(key, value) {
    this.#values.set(key, value);
  }
}

describe('settings', () => {
  beforeEach(() => {
    globalThis.window = { localStorage: new PlayedStorage(), sessionStorage: new PlayedStorage() };
  });
  afterEach(() => {
    delete globalThis.window;
  });

  test('what one tab sets is not undone by what another sets', () => {
    const one = new Settings(() => {});
    const two = new Settings(() => {});
    one.set('theme', 'dark');
    two.set('rooms', ['#a']);
    one.set('notify', true);
    const { theme, rooms, notify, showJoins } = new Settings(() => {});
    assert.deepEqual([theme, rooms, notify, showJoins], ['dark', ['#a'], true, true]);
  });

  test('where nothing is kept, they hold as long as the page does', () => {
    globalThis.window = {};
    const told = [];
    const settings = new Settings((name) => told.push(name));
    settings.set('theme', 'dark');
    settings.set('theme', 'dark');
    assert.equal(settings.theme, 'dark');
    assert.deepEqual(told, ['theme']);
  });
});
