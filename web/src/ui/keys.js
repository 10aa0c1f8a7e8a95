// The keys that hold anywhere on the page.

export function listenToKeys(page) {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]') || page.element.hidden) return;
    const act = actionFor(event, page);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function actionFor(event, page) {
  const { key } = event;
  if (event.altKey && !event.ctrlKey && (key === 'ArrowUp' || key === 'ArrowDown')) {
    const step = key === 'ArrowUp' ? -1 : 1;
    return () => (event.shiftKey ? goToNew(page, step) : go(page, step));
  }
  if ((event.ctrlKey || event.metaKey) && key === 'k') return () => page.show('rooms');
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (key === 'PageUp' || key === 'PageDown') return () => page.messages.scrollPage(key === 'PageUp' ? -1 : 1);
  if (key === 'Escape')
    return () => {
      page.drawer(null);
      page.messages.goToEnd();
      page.composer.focus();
    };
  return null;
}

function go(page, step) {
  const ordered = page.store.ordered();
  const at = ordered.indexOf(page.store.current);
  page.activate(ordered[(at + step + ordered.length) % ordered.length]);
}

// The next conversation in which something is new; those that mention one come first.
function goToNew(page, step) {
  const ordered = page.store.ordered();
  const at = ordered.indexOf(page.store.current);
  const others = ordered.map((_, index) => ordered[(at + step * (index + 1) + ordered.length * 2) % ordered.length]);
  const next = others.find((buffer) => buffer.mentions > 0) ?? others.find((buffer) => buffer.unread > 0);
  if (next) page.activate(next);
}
