// Who somebody is, how long ago something was, and what is changed in the network.
import { element, post } from '/shared/page.js';

const HOURS = 3600 * 1000;

export function avatar(person, size = '') {
  let hue = 0;
  for (const letter of person.name) hue = (hue * 31 + letter.charCodeAt(0)) % 360;
  const words = person.display_name.split(/[\s_]+/).filter((word) => word);
  const initials = words.length > 1 ? words[0][0] + words[1][0] : person.display_name.slice(0, 2);
  return element('span', {
    class: `avatar ${size}`, style: `background: hsl(${hue} 45% 45%)`, 'aria-hidden': 'true',
  }, initials.toUpperCase());
}

export function ago(moment) {
  const age = Math.max(0, Date.now() - Date.parse(moment));
  if (age < 60 * 1000) return 'now';
  if (age < HOURS) return `${Math.floor(age / 60000)} min`;
  if (age < 24 * HOURS) return `${Math.floor(age / HOURS)} h`;
  return `${Math.floor(age / (24 * HOURS))} d`;
}

// A write with the same key again is the same write: so that a second attempt does no harm.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

let writes = Promise.resolve();

async function twice(path, body) {
  try {
    return await post(path, body);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it was answered
    return post(path, body);
  }
}

// Changes something. One after another: the cookie that the last one sets stands for all of them.
export function write(path, body) {
  const done = writes.then(() => twice(path, body));
  writes = done.catch(() => {});
  return done;
}
