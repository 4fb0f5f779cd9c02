import { Readable } from 'node:stream';
import { check, errorOf, report } from './report.mjs';
import { using } from './mariadb_connecting.mjs';

export async function types() {
  // What MariaDB's extended metadata would tell is left out: the proxy does not offer it.
  const plain = { timezone: 'Z', autoJsonMap: false };
  const both = async (name, more) => using({ ...plain, ...more }, async (connection) => {
    for (const how of ['query', 'execute']) {
      for (const row of await connection[how]('SELECT * FROM every_type ORDER BY id')) {
        for (const column of Object.keys(row)) {
          const value = row[column];
          const emptyPoint = value?.type === 'Point' && !value.coordinates; // NULL, with it
          report(`${name}, ${how}, row ${row.id ?? row[0]}, ${column}`, emptyPoint ? null : value);
        }
      }
      report(`${name}, ${how}, zero dates`, await connection[how](
        'SELECT * FROM zero_dates ORDER BY id'));
    }
  });
  await both('plain', {});
  await both('exact', {
    dateStrings: true, bigIntAsNumber: false, insertIdAsNumber: true, decimalAsNumber: false,
    rowsAsArray: true, bitOneIsBoolean: false,
  });
  await using({ timezone: 'Z' }, parameters);
}

async function parameters(connection) {
  const values = [null, true, 1, -1.5, 2n ** 63n, 'Grüße 🎭', Buffer.from([0, 255]),
    new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 789)), { type: 'Point', coordinates: [1, 2] }];
  for (const [place, value] of values.entries()) {
    for (const how of ['query', 'execute']) {
      report(`parameter ${place}, ${how}`,
        await connection[how]('SELECT ? AS it, LENGTH(?) AS bytes', [value, value]));
    }
  }
  // A stream is sent piece by piece, as COM_STMT_SEND_LONG_DATA when it is prepared.
  for (const how of ['query', 'execute']) {
    const pieces = Array.from({ length: 30 }, (_, n) => Buffer.alloc(10000, n));
    report(`stream, ${how}`, 
      await connection[how]('SELECT LENGTH(?) AS l', [Readable.from(pieces)]));
  }
}

export async function metadata() {
  await using({}, async (connection) => {
    for (const table of ['every_type', 'children', 'cheap']) {
      for (const how of ['query', 'execute']) {
        const rows = await connection[how](`SELECT *, 1 + 1 AS two FROM ${table} AS it LIMIT 0`);
        for (const field of rows.meta) {
          const { columnLength, columnType, scale, type, flags, collation } = field;
          report(`${table}, ${how}, ${field.name()}`, {
            columnLength, columnType, scale, type, flags, collation: collation.name,
            names: [field.db(), field.schema(), field.table(), field.orgTable(), field.orgName()],
          });
        }
      }
    }
  });
}

export async function prepared() {
  await using({ prepareCacheLength: 20 }, async (connection) => {
    const statement = await connection.prepare('SELECT ? AS it, ? + 1 AS more');
    for (const pair of [[1, 1], ['2', '2'], [3.5, 3.5], [null, null], [Buffer.from('4'), 4]]) {
      report(`executed with ${pair}`, await statement.execute(pair));
    }
    statement.close();
    let sum = 0;
    for (let n = 0; n < 300; ++n) { // more than the driver keeps open: it closes the oldest
      const [{ got }] = await connection.execute(`SELECT ${n % 60} + ? AS got`, [1]);
      sum += Number(got);
    }
    report('many', sum);
    report('of a missing table', await errorOf(connection.prepare('SELECT * FROM missing')));
    report('too few parameters', await errorOf(connection.execute('SELECT ?, ?', [1])));
    await connection.query('DROP TABLE IF EXISTS shape');
    await connection.query('CREATE TABLE shape (a INT)');
    const shape = await connection.prepare('SELECT * FROM shape WHERE a > ?');
    await connection.query('INSERT INTO shape VALUES (1)');
    report('before ALTER', await shape.execute([0]));
    await connection.query("ALTER TABLE shape ADD b VARCHAR(10) DEFAULT 'new' FIRST");
    report('after ALTER', await shape.execute([0]));
    let count = 0;
    const stream = (await connection.prepare('SELECT n FROM numbers WHERE n < ?'))
      .executeStream([5000]);
    for await (const row of stream) count += row.n;
    report('a stream', count);
  });
}

export async function batches() {
  for (const bulk of [true, false]) {
    await using({ bulk }, async (connection) => {
      const tell = async (test, ...batch) => report(`${test}, bulk: ${bulk}`,
        await errorOf(connection.batch(...batch)));
      await connection.query('DROP TABLE IF EXISTS items');
      await connection.query('CREATE TABLE items (id INT AUTO_INCREMENT PRIMARY KEY,'
        + ' name VARCHAR(20) UNIQUE, n INT, b BLOB)');
      const insert = 'INSERT INTO items (name, n, b) VALUES (?, ?, ?)';
      await tell('INSERT', insert, Array.from({ length: 2000 }, (_, n) =>
        [`item ${n}`, n % 7 ? n : null, Buffer.alloc(n % 50, 7)]));
      await tell('by names', { namedPlaceholders: true,
        sql: 'UPDATE items SET n = :n WHERE name = :name' },
      [{ n: 1, name: 'item 1' }, { n: 2, name: 'item 2' }]);
      await tell('one of them fails', insert, [['new', 1, null], ['item 7', 2, null]]);
      await tell('with several results', 'INSERT INTO items (name) VALUES (?) RETURNING id',
        [['ret 1'], ['ret 2']]);
      await tell('DELETE', 'DELETE FROM items WHERE name = ?', [['item 3'], ['item 4'], ['none']]);
      // Over 16 MiB in all.
      await tell('large', 'INSERT INTO items (b) VALUES (?)',
        Array.from({ length: 20 }, () => [Buffer.alloc(1000000, 5)]));
      report(`what is there, bulk: ${bulk}`, await connection.query(
        'SELECT COUNT(*) c, SUM(n) s, SUM(LENGTH(b)) l FROM items'));
    });
  }
}

export async function streams() {
  await using({}, async (connection) => {
    let count = 0;
    let total = 0;
    for await (const row of connection.queryStream('SELECT n, text FROM numbers ORDER BY n')) {
      count += 1;
      total += row.n + row.text.length;
    }
    report('a whole stream', [count, total]);
    const half = connection.queryStream('SELECT n, text FROM numbers ORDER BY n');
    for await (const row of half) {
      if (row.n === 10) break;
    }
    half.close(); // the rest is read and dropped
    report('usable after half a stream', await connection.query('SELECT 1'));
  });
}

export async function large() {
  await using({ maxAllowedPacket: 64 * 1024 * 1024 }, async (connection) => {
    const size = 17 * 1024 * 1024;
    const [{ t }] = await connection.query(`SELECT REPEAT('abcdefgh', ${size / 8}) AS t`);
    check('over 16 MiB from the server', t === 'abcdefgh'.repeat(size / 8));
    await connection.query('DROP TABLE IF EXISTS heavy');
    await connection.query('CREATE TABLE heavy (id INT PRIMARY KEY, b LONGBLOB)');
    const data = Buffer.alloc(size, 'binary\0\xff', 'latin1');
    await connection.execute('INSERT INTO heavy VALUES (?, ?)', [1, data]);
    await connection.query('INSERT INTO heavy VALUES (?, ?)', [2, data]);
    report('over 16 MiB to the server', await connection.query(
      'SELECT id, LENGTH(b) l, MD5(b) m FROM heavy ORDER BY id'));
    const [{ b }] = await connection.execute('SELECT b FROM heavy WHERE id = ?', [1]);
    check('and back', b.equals(data));
  });
}
