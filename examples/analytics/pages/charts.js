// The three charts. Each returns show(data), which draws it anew.
import uPlot from '/uplot/uPlot.esm.js';
import { clock, colourOf, compact } from './colours.js';

// Read when a chart is drawn, so that light and dark may change meanwhile.
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const made = [];
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
  made.forEach((chart) => chart.redraw(false)));

const axis = (more) => ({
  stroke: () => style('--quiet'),
  grid: { stroke: () => style('--line'), width: 1 },
  ticks: { show: false },
  font: '12px system-ui, sans-serif',
  ...more,
});
const times = (options, space) => axis({
  space,
  size: 26,
  grid: { show: false },
  values: (_, values) => values.map((each) => clock(each * 1000, options)),
});
const amounts = (more = {}) => axis({
  size: 46,
  space: 34,
  values: (_, values) => values.map(compact),
  ...more,
});
// From zero, with some room above.
const fromZero = { range: (_, __, max) => [0, Math.max(max * 1.08, 1)] };

function chart(place, options, data) {
  const size = () => ({ width: place.clientWidth, height: place.clientHeight });
  const plot = new uPlot({
    ...size(),
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false } },
    padding: [8, 26, 0, 0],
    ...options,
  }, data, place);
  made.push(plot);
  new ResizeObserver(() => plot.setSize(size())).observe(place);
  return plot;
}

// Areas on top of each other: each is drawn from zero, the highest first. `hover(index)` is called
// with the second that the pointer is at, or null.
export function stackedChart(place, hover) {
  let plot = null;
  let order = '';

  const stacked = (types, names) => {
    const sum = names.map(() => null);
    names.forEach((name, at) => {
      sum[at] = types[name].map((events, i) => events + (at > 0 ? sum[at - 1][i] : 0));
    });
    return sum.reverse();
  };

  return ({ times: x, types, names }) => {
    const data = [x, ...stacked(types, names)];
    if (order !== names.join()) {
      order = names.join();
      plot?.destroy();
      made.splice(made.indexOf(plot), plot ? 1 : 0);
      plot = chart(place, {
        scales: { y: fromZero },
        axes: [times({ seconds: true }, 90), amounts()],
        series: [{}, ...names.toReversed().map((name) => ({
          stroke: () => style('--card'), width: 1, fill: colourOf(name), points: { show: false },
        }))],
        cursor: { y: false, points: { show: false }, drag: { x: false } },
        hooks: { setCursor: [(self) => hover(self.cursor.idx)] },
      }, data);
    } else {
      plot.setData(data);
    }
  };
}

function fade(plot, colour) {
  const gradient = plot.ctx.createLinearGradient(0, plot.bbox.top, 0,
    plot.bbox.top + plot.bbox.height);
  gradient.addColorStop(0, `${colour}66`);
  gradient.addColorStop(1, `${colour}08`);
  return gradient;
}

export function lineChart(place) {
  const plot = chart(place, {
    scales: { y: fromZero },
    axes: [times({ seconds: false }, 60), amounts()],
    series: [{}, {
      stroke: () => style('--users'),
      width: 2,
      fill: (self) => fade(self, style('--users')),
      points: { show: false },
      paths: uPlot.paths.spline(),
    }],
  }, [[], []]);
  return ({ start, users }) => plot.setData([start, users]);
}

// Bars for events, a line for users; the hour under way is paler, as it is not complete.
export function hourChart(place) {
  const bars = uPlot.paths.bars({ size: [0.72, 44], radius: 0.18 });
  const bar = (name) => ({
    fill: () => style(name), width: 0, paths: bars, points: { show: false }, scale: 'events',
  });
  const plot = chart(place, {
    scales: {
      x: { range: (_, min, max) => [min - 1800, max + 1800] },
      events: fromZero,
      users: fromZero,
    },
    axes: [
      times({ seconds: false }, 50),
      amounts({ scale: 'events' }),
      amounts({ scale: 'users', side: 1, grid: { show: false }, stroke: () => style('--users') }),
    ],
    series: [{}, bar('--events'), bar('--running'), {
      stroke: () => style('--users'), width: 2.5, scale: 'users', paths: uPlot.paths.spline(),
      points: { show: true, size: 6, width: 0, fill: () => style('--users') },
    }],
  }, [[], [], [], []]);

  return ({ start, events, users }) => {
    const last = start.length - 1;
    plot.setData([
      start,
      events.map((value, i) => (i < last ? value : null)),
      events.map((value, i) => (i < last ? null : value)),
      users.map((value, i) => (i < last ? value : null)),
    ]);
  };
}
