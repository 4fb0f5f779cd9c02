// How the tests of both drivers report what they see, see ../../clients/README.md.
import { createHash } from 'node:crypto';

export const env = process.env;

// The server that is tested; `more` is laid over it.
export const options = (more = {}) => ({
  host: env.DB_HOST, port: Number(env.DB_PORT), user: env.DB_USER, password: env.DB_PASSWORD,
  database: env.DB_NAME, ...more,
});

export const report = (test, result) =>
  console.log(JSON.stringify({ test, result: result === undefined ? 'undefined' : result }, shown));

// What must hold whoever answers.
export const check = (test, right) =>
  console.log(JSON.stringify({ test, ...(right ? { result: 'ok' } : { failed: 'is not so' }) }));

function shown(_, value) {
  if (typeof value === 'bigint') return `bigint ${value}`;
  // A Buffer has been asked for its JSON by now.
  if (value?.type === 'Buffer') return digest(Buffer.from(value.data));
  if (typeof value === 'string' && value.length > 300) return digest(Buffer.from(value));
  return value;
}

const digest = (bytes) => (bytes.length <= 100 ? `bytes ${bytes.toString('hex')}`
  : `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}`);

// The error that a promise must end with.
export async function errorOf(promise) {
  try {
    return { noError: await promise };
  } catch (error) {
    const { code, errno, sqlState } = error;
    // The driver puts ids of its own connection into its messages.
    const message = (error.sqlMessage ?? error.message).replace(/\(conn:[^)]*\)/, '');
    return { code, errno, sqlState, message };
  }
}

export const where =
  "SELECT DATABASE() d, SUBSTRING_INDEX(USER(), '@', 1) u, @@character_set_client c,"
  + ' @@collation_connection n';

export async function main(sections) {
  await sections[process.argv[2]]();
}
