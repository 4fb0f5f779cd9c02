import fs from 'node:fs';
import mariadb from 'mariadb';
import { check, env, errorOf, options, report, where } from './report.mjs';

// Runs `use` with a connection and closes it.
export async function using(more, use) {
  const connection = await mariadb.createConnection(options(more));
  try {
    return await use(connection);
  } finally {
    connection.destroy();
  }
}

const ways = {
  'without a schema': { database: undefined },
  'with a schema': {},
  'a collation': { collation: 'UTF8MB4_UNICODE_CI' },
  'by the Unix socket': { socketPath: env.DB_SOCKET },
  'with TLS': { ssl: { ca: fs.readFileSync(env.DB_CA), servername: 'localhost' } },
  'compressed': { compress: true },
  'with variables': { sessionVariables: { lock_wait_timeout: 7, sql_mode: 'ANSI' } },
  'with first statements': { initSql: ['SET @a = 5', "SET time_zone = '+05:00'"] },
  'connect attributes': { connectAttributes: { program_name: 'tests' } },
  'a limit for queries': { queryTimeout: 5000 },
  'pipelining off': { pipelining: false },
  'another user': { user: 'other', password: 'secret' },
  'wrong password': { password: 'wrong' },
  'no password': { password: '' },
  'unknown schema': { database: 'nowhere' },
  'no right to the schema': { user: 'other', password: 'secret', database: 'mysql' },
};

export async function connect() {
  for (const [way, more] of Object.entries(ways)) {
    report(way, await errorOf(using(more, async (connection) => {
      const row = await connection.query(where);
      const [{ long }] = await connection.query("SELECT REPEAT('x', 200000) AS `long`");
      return [row, long.length, await connection.query(
        'SELECT @@lock_wait_timeout l, @@sql_mode m, @a, @@time_zone z')];
    })));
  }
  report('with TLS and nobody to trust', (await errorOf(
    using({ ssl: { rejectUnauthorized: true } }, () => 'connected'))).code);
  await using({}, async (connection) => {
    report('ping', await connection.ping());
    check('valid', connection.isValid());
    report('version', connection.serverVersion());
  });
}

export async function session() {
  await using({}, (one) => using({}, async (two) => {
    await one.query("SET @mine = 'x', SESSION sql_mode = 'ANSI_QUOTES', time_zone = '-03:00'");
    for (let turn = 0; turn < 5; ++turn) {
      report(`variables, ${turn}`, await one.execute(
        'SELECT @mine, @@sql_mode, @@time_zone, FROM_UNIXTIME(0) t, "id" FROM parents'));
      report(`another's, ${turn}`, await two.query('SELECT @mine, @@time_zone'));
    }
    await one.query('CREATE TEMPORARY TABLE own AS SELECT 5 AS five');
    report('temporary table', await one.execute('SELECT * FROM own WHERE five = ?', [5]));
    report('user lock', await one.query("SELECT GET_LOCK('node', 1) got"));
    report('user lock of another', await two.query("SELECT GET_LOCK('node', 0) got"));
    await one.reset();
    report('after reset', await one.query('SELECT @mine, @@sql_mode, DATABASE() d'));
    report('a lock that is free again', await two.query("SELECT GET_LOCK('node', 5) got"));
    report('a table that is gone', await errorOf(one.query(`SELECT * FROM ${env.DB_NAME}.own`)));
    await one.query('SET @mine = 6');
    await one.changeUser({ user: 'other', password: 'secret', database: env.DB_NAME });
    report('after changeUser', await one.query('SELECT CURRENT_USER() u, @mine, DATABASE() d'));
  }));
}

export async function pool() {
  const pool = mariadb.createPool(options({
    connectionLimit: 5, minimumIdle: 1, resetAfterUse: true, noControlAfterUse: false,
  }));
  await pool.query('DROP TABLE IF EXISTS visits');
  await pool.query('CREATE TABLE visits (id INT PRIMARY KEY, n INT)');
  await Promise.all(Array.from({ length: 20 }, async (_, id) => {
    const own = await pool.getConnection();
    await own.execute('INSERT INTO visits VALUES (?, 0)', [id]);
    await own.query('SET @left = 1');
    for (let turn = 1; turn <= 10; ++turn) {
      await own.execute('UPDATE visits SET n = n + 1 WHERE id = ?', [id]);
      const [{ n }] = await own.execute('SELECT n FROM visits WHERE id = ?', [id]);
      if (n !== turn) check(`${id} reads what it wrote`, false);
    }
    await own.beginTransaction();
    await own.query('UPDATE visits SET n = 1000 WHERE id = ?', [id]);
    await own.release(); // rolls back and resets
  }));
  const own = await pool.getConnection();
  await own.execute('UPDATE visits SET n = n + ?', [0]);
  report('all of them', await own.query('SELECT COUNT(*) c, SUM(n) s, @left FROM visits'));
  await own.query('SET @left = 1');
  const piped = await Promise.all(Array.from({ length: 50 }, (_, n) =>
    own.query('SELECT ? + @left AS got', [n]).then(([row]) => row.got)));
  report('pipelined', piped);
  const mixed = await Promise.allSettled(Array.from({ length: 20 }, (_, n) =>
    own.execute(n % 3 ? 'SELECT ? AS got' : 'SELECT ? AS got FROM missing', [n])));
  report('pipelined, with errors', mixed.map((it) => it.value?.[0].got ?? it.reason.errno));
  await own.release();
  await pool.end();
}
