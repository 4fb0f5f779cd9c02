// One stream of samples fills all cards; a report is asked for when somebody wants it.
import { answered, attempt, element, follow, get } from '/shared/page.js';
import { hourChart, lineChart, stackedChart } from './charts.js';
import { clock, colourOf, number, readable } from './colours.js';
import { bars, details, showReport } from './report.js';

const part = (card, name) => document.querySelector(`#${card} [data-${name}]`);
const tell = (card, ...answers) => part(card, 'answered').replaceChildren(
  ...answers.flatMap((answer, i) => [i > 0 ? element('br') : '', answered(answer)]));

const active = lineChart(part('active', 'chart'));
const hours = hourChart(part('engagement', 'chart'));
const live = stackedChart(part('live', 'chart'), (index) => {
  hovered = index;
  showLegend();
});
let hovered = null;
let shown = null; // what the chart of events a second shows

// Of the second that the pointer is at, else of the last one.
function showLegend() {
  if (!shown) return;
  const at = hovered ?? shown.times.length - 1;
  part('live', 'legend').replaceChildren(...shown.names.map((name) => {
    const swatch = element('i', { class: 'swatch' });
    swatch.style.setProperty('--colour', colourOf(name));
    return element('li', {}, swatch, `${readable(name)} `,
      element('b', {}, number(shown.types[name][at])));
  }));
}

function showLive({ end, types, answered: by }, frequent) {
  const length = Object.values(types)[0]?.length ?? 0;
  // Those of an hour, the most frequent first: an order that changes rarely.
  const names = frequent.types.map(({ type }) => type).filter((type) => types[type]);
  names.push(...Object.keys(types).filter((type) => !names.includes(type)));
  names.forEach(colourOf);
  shown = { times: Array.from({ length }, (_, i) => end - length + i), types, names };
  live(shown);
  showLegend();
  const recent = Math.min(5, length);
  const sum = Object.values(types).flatMap((events) => events.slice(-recent))
    .reduce((a, b) => a + b, 0);
  part('live', 'figure').textContent = number(Math.round(sum / Math.max(recent, 1)));
  tell('live', by);
}

function showLatest({ events, answered: by }) {
  part('latest', 'events').replaceChildren(...events.map((event) => element('li', {},
    element('time', {}, clock(event.time, { fraction: true })),
    element('button', { class: 'user', onclick: () => open(event.user) }, `user ${event.user}`),
    ...details(event))));
  tell('latest', by);
}

function show(sample) {
  showLive(sample.live, sample.frequent);
  active(sample.active.minutes);
  part('active', 'figure').textContent = number(sample.active.users);
  tell('active', sample.active.answered);
  hours(sample.engagement.hours);
  tell('engagement', sample.engagement.answered);
  part('frequent', 'bars').replaceChildren(...bars(sample.frequent.types));
  tell('frequent', sample.frequent.answered);
  showLatest(sample.latest);
  heard();
}

let silence = 0;
function heard() {
  const pulse = document.getElementById('pulse');
  pulse.classList.add('alive');
  clearTimeout(silence);
  silence = setTimeout(() => pulse.classList.remove('alive'), 4000);
}

async function open(user) {
  const report = await attempt(() => get(`/api/user?id=${encodeURIComponent(user)}`));
  if (!report) return;
  showReport(part('report', 'report'), report);
  tell('report', report.answered);
  if (matchMedia('(max-width: 900px)').matches)
    document.getElementById('report').scrollIntoView({ behavior: 'smooth' });
}

document.getElementById('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const user = document.getElementById('user').value.trim();
  if (user) open(user);
});
follow('/api/stream', { sample: show });
