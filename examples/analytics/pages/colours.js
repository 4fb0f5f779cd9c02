// Colours and numbers that all parts of the page share.

const PALETTE = ['#4c6ef5', '#12b886', '#f59f00', '#e8590c', '#ae3ec9', '#1098ad', '#e64980',
  '#82c91e', '#868e96'];
const given = new Map();

// A type keeps its colour; the first that come get those that differ most.
export function colourOf(type) {
  if (!given.has(type)) given.set(type, PALETTE[given.size % PALETTE.length]);
  return given.get(type);
}

export const readable = (type) => type.replaceAll('_', ' ');

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
export const number = (value) => whole.format(value);
export const compact = (value) => short.format(value);

const two = (value) => String(value).padStart(2, '0');

export function clock(milliseconds, { seconds = true, fraction = false } = {}) {
  const time = new Date(milliseconds);
  let text = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (seconds || fraction) text += `:${two(time.getSeconds())}`;
  return fraction ? `${text}.${String(time.getMilliseconds()).padStart(3, '0')}` : text;
}

// With the day if that is not today.
export function moment(milliseconds) {
  const today = new Date().toDateString() === new Date(milliseconds).toDateString();
  const day = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });
  return today ? clock(milliseconds) : `${day.format(milliseconds)} ${clock(milliseconds, { seconds: false })}`;
}
