import fs from 'node:fs';
import mysql from 'mysql2/promise';
import { check, env, errorOf, options, report, where } from './report.mjs';

// Runs `use` with a connection and closes it.
export async function using(more, use) {
  const connection = await mysql.createConnection(options(more));
  try {
    return await use(connection);
  } finally {
    connection.destroy();
  }
}

export const rows = async (connection, ...query) => (await connection.query(...query))[0];

const ways = {
  'without a schema': { database: undefined },
  'with a schema': {},
  'latin1': { charset: 'latin1' },
  'a collation': { charset: 'utf8mb4_unicode_ci' },
  'by the Unix socket': { socketPath: env.DB_SOCKET },
  'with TLS': { ssl: { ca: fs.readFileSync(env.DB_CA), servername: 'localhost' } },
  'compressed': { compress: true },
  'another user': { user: 'other', password: 'secret' },
  'wrong password': { password: 'wrong' },
  'no password': { password: '' },
  'unknown schema': { database: 'nowhere' },
  'no right to the schema': { user: 'other', password: 'secret', database: 'mysql' },
};

export async function connect() {
  for (const [way, more] of Object.entries(ways)) {
    report(way, await errorOf(using(more, async (connection) => {
      const row = await rows(connection, where);
      const [{ long }] = await rows(connection, "SELECT REPEAT('x', 200000) AS `long`");
      return [row, long.length];
    })));
  }
  report('with TLS and nobody to trust', (await errorOf(
    using({ ssl: { rejectUnauthorized: true } }, () => 'connected'))).code);
  await using({}, async (connection) => report('ping', await connection.ping()));
}

export async function session() {
  await using({}, (one) => using({ multipleStatements: true }, async (two) => {
    await one.query("SET @mine = 'x', SESSION sql_mode = 'ANSI_QUOTES', time_zone = '-03:00'");
    for (let turn = 0; turn < 5; ++turn) {
      report(`variables, ${turn}`, (await one.execute(
        'SELECT @mine, @@sql_mode, @@time_zone, FROM_UNIXTIME(0) t, "id" FROM parents'))[0]);
      report(`another's, ${turn}`, await rows(two, 'SELECT @mine, @@time_zone'));
    }
    await one.query('CREATE TEMPORARY TABLE own AS SELECT 5 AS five');
    report('temporary table', (await one.execute('SELECT * FROM own WHERE five = ?', [5]))[0]);
    report('temporary table of another', await errorOf(two.query('SELECT * FROM own')));
    report('user lock', await rows(one, "SELECT GET_LOCK('node', 1) got"));
    report('user lock of another', await rows(two, "SELECT GET_LOCK('node', 0) got"));
    await one.changeUser({ database: 'mysql' });
    report('after changeUser', await rows(one, 'SELECT @mine, @@sql_mode, DATABASE() d'));
    report('a lock that is free again', await rows(two, "SELECT GET_LOCK('node', 5) got"));
    report('a table that is gone', await errorOf(one.query(`SELECT * FROM ${env.DB_NAME}.own`)));
  }));
}

export async function pool() {
  const pool = mysql.createPool(options({ connectionLimit: 5, maxIdle: 2, idleTimeout: 50 }));
  await pool.query('DROP TABLE IF EXISTS visits');
  await pool.query('CREATE TABLE visits (id INT PRIMARY KEY, n INT)');
  await Promise.all(Array.from({ length: 20 }, async (_, id) => {
    const own = await pool.getConnection();
    await own.execute('INSERT INTO visits VALUES (?, 0)', [id]);
    for (let turn = 1; turn <= 10; ++turn) {
      await own.execute('UPDATE visits SET n = n + 1 WHERE id = ?', [id]);
      const [[{ n }]] = await own.execute('SELECT n FROM visits WHERE id = ?', [id]);
      if (n !== turn) check(`${id} reads what it wrote`, false);
    }
    own.release();
  }));
  const own = await pool.getConnection();
  await own.execute('UPDATE visits SET n = n + ?', [0]);
  report('all of them', await rows(own, 'SELECT COUNT(*) c, SUM(n) s FROM visits'));
  await own.query('SET @left = 1');
  // What has been sent is answered in order, without waiting for one another.
  const piped = await Promise.all(Array.from({ length: 50 }, (_, n) =>
    own.query('SELECT ? + @left AS got', [n]).then(([[row]]) => row.got)));
  report('pipelined', piped);
  own.release();
  await pool.end();
}
