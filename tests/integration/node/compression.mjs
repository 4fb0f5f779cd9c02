// Asks things over a compressed connection: node compression.mjs PORT. Prints what came.
import mysql from 'mysql2/promise';

const connection = await mysql.createConnection({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  user: 'app',
  password: 'app',
  compress: true,
});
const [rows] = await connection.query("SELECT REPEAT('x', 300000) AS text");
const [sums] = await connection.execute('SELECT ? + 1 AS sum', [41]);
const asked = [1, 2, 3, 4, 5].map((number) => connection.query(`SELECT ${number} AS n`));
const pipelined = (await Promise.all(asked)).map(([[row]]) => row.n);
console.log(JSON.stringify({ size: rows[0].text.length, sum: Number(sums[0].sum), pipelined }));
await connection.end();
