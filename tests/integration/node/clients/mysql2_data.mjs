import { check, errorOf, options, report } from './report.mjs';
import { rows, using } from './mysql2_connecting.mjs';

export async function types() {
  const both = async (name, more) => using({ timezone: 'Z', ...more }, async (connection) => {
    await connection.query("SET time_zone = '+00:00'");
    for (const how of ['query', 'execute']) {
      const [every] = await connection[how]('SELECT * FROM every_type ORDER BY id');
      for (const row of every) {
        for (const column of Object.keys(row)) {
          report(`${name}, ${how}, row ${row.id ?? row[0]}, ${column}`, row[column]);
        }
      }
      report(`${name}, ${how}, zero dates`, (await connection[how](
        'SELECT * FROM zero_dates ORDER BY id'))[0]);
    }
  });
  await both('plain', {});
  await both('exact', {
    dateStrings: true, supportBigNumbers: true, bigNumberStrings: true, decimalNumbers: false,
    rowsAsArray: true,
  });
  await using({ supportBigNumbers: true }, parameters);
}

async function parameters(connection) {
  const values = [null, true, 1, -1.5, 2n ** 63n, 'Grüße 🎭', Buffer.from([0, 255]),
    new Date(Date.UTC(2024, 1, 29, 12, 34, 56, 789)), 'x'.repeat(70000)];
  for (const [place, value] of values.entries()) {
    for (const how of ['query', 'execute']) {
      report(`parameter ${place}, ${how}`,
        (await connection[how]('SELECT ? AS it, LENGTH(?) AS bytes', [value, value]))[0]);
    }
  }
}

export async function metadata() {
  await using({}, async (connection) => {
    for (const table of ['every_type', 'children', 'cheap']) {
      for (const how of ['query', 'execute']) {
        const [, fields] = await connection[how](
          `SELECT *, 1 + 1 AS two FROM ${table} AS it LIMIT 0`);
        for (const field of fields) {
          const { catalog, schema, table: alias, orgTable, name, orgName, columnLength, columnType,
            characterSet, encoding, flags, decimals } = field;
          report(`${table}, ${how}, ${name}`, { catalog, schema, alias, orgTable, name, orgName,
            columnLength, columnType, characterSet, encoding, flags, decimals });
        }
      }
    }
  });
}

export async function prepared() {
  await using({ maxPreparedStatements: 50 }, async (connection) => {
    const statement = await connection.prepare('SELECT ? AS it, ? + 1 AS more');
    for (const pair of [[1, 1], ['2', '2'], [3.5, 3.5], [null, null], [Buffer.from('4'), 4]]) {
      report(`executed with ${pair}`, (await statement.execute(pair))[0]);
    }
    await statement.close();
    let sum = 0;
    for (let n = 0; n < 300; ++n) { // more than the driver keeps open: it closes the oldest
      const [[{ got }]] = await connection.execute(`SELECT ${n % 120} + ? AS got`, [1]);
      sum += got;
    }
    report('many', sum);
    report('of a missing table', await errorOf(connection.prepare('SELECT * FROM missing')));
    report('too few parameters', await errorOf(connection.execute('SELECT ?, ?', [1])));
    await connection.query('DROP TABLE IF EXISTS shape');
    await connection.query('CREATE TABLE shape (a INT)');
    const shape = await connection.prepare('SELECT * FROM shape WHERE a > ?');
    await connection.query('INSERT INTO shape VALUES (1)');
    report('before ALTER', (await shape.execute([0]))[0]);
    await connection.query("ALTER TABLE shape ADD b VARCHAR(10) DEFAULT 'new' FIRST");
    report('after ALTER', (await shape.execute([0]))[0]);
    connection.unprepare('SELECT * FROM shape WHERE a > ?');
  });
}

export async function streams() {
  await using({}, async (connection) => {
    let count = 0;
    let total = 0;
    const stream = connection.connection.query('SELECT n, text FROM numbers ORDER BY n').stream();
    for await (const row of stream) {
      count += 1;
      total += row.n + row.text.length;
    }
    report('a whole stream', [count, total]);
    report('usable afterwards', await rows(connection, 'SELECT 1'));
  });
  await using({}, async (connection) => {
    const stream = connection.connection
      .query('SELECT a.n, a.text FROM numbers a JOIN numbers b ON b.n < 50').stream();
    for await (const row of stream) {
      report('a first row', Object.keys(row));
      break;
    }
    // The connection is closed with most of its rows still to come.
  });
  await using({}, async (other) => report('others go on', await rows(other, 'SELECT 2')));
}

export async function large() {
  await using(options(), async (connection) => {
    const size = 17 * 1024 * 1024;
    const [[{ t }]] = await connection.query(`SELECT REPEAT('abcdefgh', ${size / 8}) AS t`);
    check('over 16 MiB from the server', t === 'abcdefgh'.repeat(size / 8));
    await connection.query('DROP TABLE IF EXISTS heavy');
    await connection.query('CREATE TABLE heavy (id INT PRIMARY KEY, b LONGBLOB)');
    const data = Buffer.alloc(size, 'binary\0\xff', 'latin1');
    await connection.execute('INSERT INTO heavy VALUES (?, ?)', [1, data]);
    await connection.query('INSERT INTO heavy VALUES (?, ?)', [2, data]);
    report('over 16 MiB to the server', await rows(
      connection, 'SELECT id, LENGTH(b) l, MD5(b) m FROM heavy ORDER BY id'));
    const [[{ b }]] = await connection.execute('SELECT b FROM heavy WHERE id = ?', [1]);
    check('and back', b.equals(data));
    for (const around of [2 ** 24 - 2, 2 ** 24 - 1, 2 ** 24]) {
      const [[row]] = await connection.execute("SELECT REPEAT('x', ?) AS t", [around - 5]);
      check(`a row of about ${around} bytes`, row.t.length === around - 5);
    }
  });
}
