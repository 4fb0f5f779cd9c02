// Writes with prepared statements on several connections until its input ends:
// node writes.mjs PORT. Prints what it was told: the ids by the values that were written, and the
// errors' codes; one ends its connection.
import mysql from 'mysql2/promise';

const kConnections = 8;
const [port] = process.argv.slice(2);
let stopped = false;
process.stdin.on('end', () => { stopped = true; }).resume();

const acknowledged = {};
const errors = [];

async function write(name, inTransaction) {
  const connection = await mysql.createConnection(
    { host: '127.0.0.1', port: Number(port), user: 'app', password: 'app', database: 'shop' });
  try {
    for (let i = 0; !stopped; ++i) {
      const value = `${name}-${i}`;
      if (inTransaction) await connection.query('BEGIN');
      const [result] = await connection.execute('INSERT INTO t (v, n) VALUES (?, ?)', [value, i]);
      if (inTransaction) await connection.query('COMMIT');
      acknowledged[value] = result.insertId;
    }
    await connection.end();
  } catch (error) {
    errors.push(error.code ?? String(error));
    connection.destroy();
  }
}

await Promise.all(Array.from({ length: kConnections }, (_, i) => write(`p${i}`, i % 2 === 1)));
console.log(JSON.stringify({ acknowledged, errors }));
