// A user's report, and the lists that it has in common with the rest of the page.
import { element } from '/shared/page.js';
import { clock, colourOf, moment, number, readable } from './colours.js';

// Types with their counts, as bars beside the largest.
export function bars(types) {
  const most = Math.max(1, ...types.map(({ events }) => events));
  return types.map(({ type, events }) => {
    const bar = element('i');
    bar.style.width = `${(100 * events) / most}%`;
    const row = element('li', {}, element('span', {}, readable(type)),
      element('b', {}, number(events)), element('span', { class: 'track' }, bar));
    row.style.setProperty('--colour', colourOf(type));
    return row;
  });
}

// The type of an event and what else is known of it.
export function details({ type, metadata }) {
  const swatch = element('i', { class: 'swatch' });
  swatch.style.setProperty('--colour', colourOf(type));
  const words = Object.entries(metadata ?? {}).map(([name, value]) =>
    `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return [element('span', { class: 'type' }, swatch, readable(type)),
    element('span', { class: 'data', title: words.join('\n') }, words.join(' · '))];
}

const fact = (name, value) => element('div', {}, element('dt', {}, name), element('dd', {}, value));

export function showReport(place, { user, events, types, first, last, latest }) {
  const seen = (time) => (time === null ? 'never' : moment(time));
  place.replaceChildren(
    element('h3', {}, `User ${user}`),
    element('dl', { class: 'facts' }, fact('events', number(events)),
      fact('first seen', seen(first)), fact('last seen', seen(last))),
    element('ol', { class: 'bars' }, ...bars(types.slice(0, 5))),
    latest.length > 0 ? element('h4', {}, 'latest') : '',
    element('ul', { class: 'events' }, ...latest.slice(0, 5).map((event) => element('li', {},
      element('time', {}, clock(event.time, { fraction: true })), ...details(event)))));
}
