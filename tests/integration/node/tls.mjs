// Logs in over TLS and asks something: node tls.mjs PORT CA USER PASSWORD. Prints what the account
// and a sum are.
import { readFileSync } from 'node:fs';
import mysql from 'mysql2/promise';

const [port, ca, user, password] = process.argv.slice(2);
const connection = await mysql.createConnection({
  host: '127.0.0.1',
  port: Number(port),
  user,
  password,
  ...(ca === '' ? {} : { ssl: { ca: readFileSync(ca) } }),
});
const [rows] = await connection.execute('SELECT CURRENT_USER() AS who, ? + 1 AS sum', [41]);
console.log(JSON.stringify(rows[0]));
await connection.end();
