// What the pages of the applications share. Texts go into the page as text, never as HTML.

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'class') made.className = value;
    else if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Something that the visitor should notice; goes by itself.
export function toast(kind, ...children) {
  let place = document.getElementById('toasts');
  if (!place) document.body.append((place = element('div', { id: 'toasts', role: 'status' })));
  const made = element('div', { class: `toast ${kind}` }, ...children);
  place.append(made);
  setTimeout(() => made.remove(), 8000);
  return made;
}

async function ask(path, options) {
  const response = await fetch(path, options);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ?? response.statusText);
  return body;
}

export const get = (path) => ask(path);
export const post = (path, body = {}) =>
  ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

// A page that is being left calls off its requests, which is no error.
let leaving = false;
window.addEventListener('beforeunload', () => {
  leaving = true;
  setTimeout(() => { leaving = false; }, 5000); // if it stays after all
});

// Runs what may fail; shows the visitor why it did.
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    if (!leaving) toast('error', error.message);
    return undefined;
  }
}

// "db2 · at most 12 ms old · 3.1 ms", of {server, staleness_ms, took_ms}.
export function answered(answer) {
  const age =
    answer.staleness_ms === null
      ? 'age not known'
      : answer.staleness_ms === 0
        ? 'up to date'
        : `at most ${answer.staleness_ms} ms old`;
  return element('span', { class: 'answered' }, element('b', {}, answer.server),
    ` · ${age} · ${answer.took_ms.toFixed(1)} ms`);
}

// Follows server-sent events; `handlers` by the event's name. Comes again by itself when the line
// is cut. `on.opened()` and `on.cut()` tell of that; `on.again()` when it is there again: what came
// meanwhile was missed.
export function follow(path, handlers, on = {}) {
  let source = null;
  let openedBefore = false;
  const begin = () => {
    source = new EventSource(path);
    for (const [name, handler] of Object.entries(handlers))
      source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
    source.onopen = () => {
      on.opened?.();
      if (openedBefore) on.again?.();
      openedBefore = true;
    };
    source.onerror = () => {
      on.cut?.();
      // The browser comes again itself unless the answer was no stream.
      if (source.readyState === EventSource.CLOSED) setTimeout(begin, 1000);
    };
  };
  begin();
  return { close: () => source.close() };
}
