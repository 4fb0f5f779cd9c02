// One scenario of prepared statements through the proxy: node prepared.mjs SCENARIO PORT.
// Prints "ok"; whatever is wrong ends it with an exception.
import assert from 'node:assert/strict';
import mysql from 'mysql2/promise';

const [scenario, port] = process.argv.slice(2);

const connect = (options = {}) =>
  mysql.createConnection({
    host: '127.0.0.1', port: Number(port), user: 'app', password: 'app', database: 'prepared',
    timezone: 'Z', ...options,
  });

const rows = async (connection, text, parameters = []) =>
  (await connection.execute(text, parameters))[0];

const scenarios = {
  async values(connection) {
    const when = new Date('2026-02-03T04:05:06.789Z');
    const [row] = await rows(connection, 'SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e',
      [42, 'Grüße', null, 1.5, Buffer.from([0, 255])]);
    assert.equal(Number(row.a), 42);
    assert.equal(row.b, 'Grüße');
    assert.equal(row.c, null);
    assert.equal(Number(row.d), 1.5);
    await rows(connection, 'REPLACE INTO t VALUES (1, ?, ?)', ['x', when]);
    const [back] = await rows(connection, 'SELECT v, d FROM t WHERE id = ?', [1]);
    assert.equal(back.v, 'x');
    assert.equal(back.d.getTime(), when.getTime());
    const bytes = Buffer.alloc(300_000, 7);
    await rows(connection, 'REPLACE INTO big VALUES (1, ?)', [bytes]);
    const [blob] = await rows(connection, 'SELECT b FROM big WHERE id = ?', [1]);
    assert.ok(bytes.equals(blob.b));
  },

  async reads(connection) {
    for (let i = 0; i < 200; ++i) {
      const [row] = await rows(connection, 'SELECT COUNT(*) AS n FROM t WHERE id > ?', [1000 + i]);
      assert.equal(row.n, 0);
    }
  },

  // The cache has to be on for `prepared.c`.
  async cached(connection) {
    const other = await connect();
    const route = async () => (await connection.query('SHOW UNDERSTUDY ROUTE'))[0][0];
    for (let v = 0; v < 20; ++v) {
      await rows(other, 'REPLACE INTO c VALUES (?, ?)', [1, v]);
      await rows(other, 'REPLACE INTO c VALUES (?, ?)', [2, -v]);
      let hit = false;
      for (let i = 0; i < 500 && !hit; ++i) {
        for (const id of [1, 2]) {
          const [row] = await rows(connection, 'SELECT v FROM c WHERE id = ?', [id]);
          hit = row.v === (id === 1 ? v : -v) && Object.values(await route())[0] === 'cache';
        }
      }
      assert.ok(hit, `no hit for ${v}`);
    }
    await other.end();
  },

  async reads_own_writes(connection) {
    await rows(connection, "REPLACE INTO t VALUES (2, '', NULL)");
    for (let i = 0; i < 200; ++i) {
      const [result] = await connection.execute('UPDATE t SET v = ? WHERE id = 2', [`v${i}`]);
      assert.equal(result.affectedRows, 1);
      const [row] = await rows(connection, 'SELECT v FROM t WHERE id = ?', [2]);
      assert.equal(row.v, `v${i}`);
    }
  },

  async many_statements(connection) {
    for (let round = 0; round < 3; ++round)
      for (let i = 0; i < 100; ++i) {
        const [row] = await rows(connection, `SELECT ? + ${i} AS n`, [round]);
        assert.equal(Number(row.n), round + i);
      }
  },

  async transaction(connection) {
    await rows(connection, "REPLACE INTO t VALUES (3, 'before', NULL)");
    await connection.query('BEGIN');
    await rows(connection, 'UPDATE t SET v = ? WHERE id = 3', ['inside']);
    assert.equal((await rows(connection, 'SELECT v FROM t WHERE id = 3'))[0].v, 'inside');
    await connection.query('ROLLBACK');
    assert.equal((await rows(connection, 'SELECT v FROM t WHERE id = 3'))[0].v, 'before');
  },

  async errors(connection) {
    const fails = (text, parameters, code) =>
      assert.rejects(() => connection.execute(text, parameters), { errno: code });
    await fails('SELECT * FROM missing', [], 1146);
    await fails('SELEC 1', [], 1064);
    await rows(connection, "REPLACE INTO t VALUES (4, 'x', NULL)");
    for (let i = 0; i < 10; ++i) {
      await fails('INSERT INTO t VALUES (?, ?, NULL)', [4, 'y'], 1062);
      assert.equal((await rows(connection, 'SELECT v FROM t WHERE id = ?', [4]))[0].v, 'x');
    }
  },

  // The table changes under a statement that stays prepared.
  async reprepare(connection) {
    await connection.query('CREATE TABLE shape (a INT)');
    await connection.query('INSERT INTO shape VALUES (1)');
    assert.deepEqual(Object.keys((await rows(connection, 'SELECT * FROM shape'))[0]), ['a']);
    await connection.query("ALTER TABLE shape ADD COLUMN b VARCHAR(9) DEFAULT 'new'");
    const [row] = await rows(connection, 'SELECT * FROM shape');
    assert.equal(row.a, 1);
    assert.equal(row.b, 'new');
  },

  async session_state(connection) {
    for (let i = 0; i < 30; ++i) {
      await connection.query('SET @v = ?', [i]);
      assert.equal(Number((await rows(connection, 'SELECT @v AS v'))[0].v), i);
      await rows(connection, "REPLACE INTO t VALUES (5, 'x', NULL)");
      assert.equal(Number((await rows(connection, 'SELECT @v AS v'))[0].v), i);
    }
  },

  // Several sessions share server connections, none may execute another's statement.
  async interleaved() {
    const sessions = await Promise.all(Array.from({ length: 8 }, () => connect()));
    await Promise.all(sessions.map(async (session, index) => {
      for (let i = 0; i < 60; ++i) {
        const [row] = await rows(session, `SELECT ? AS v, ${index} AS who`, [i]);
        assert.equal(Number(row.v), i);
        assert.equal(row.who, index);
        if (i % 10 === 0)
          await rows(session, 'REPLACE INTO t VALUES (?, ?, NULL)', [100 + index, 'x']);
      }
    }));
    await Promise.all(sessions.map((session) => session.end()));
  },

  async closed(connection) {
    for (let i = 0; i < 50; ++i) {
      const statement = await connection.prepare(`SELECT ? AS v, ${i} AS n`);
      const [result] = await statement.execute([i]);
      assert.equal(Number(result[0].v), i);
      await statement.close();
    }
    assert.equal((await rows(connection, 'SELECT 1 AS v'))[0].v, 1);
  },
};

const connection = await connect();
await scenarios[scenario](connection);
await connection.end();
console.log('ok');
