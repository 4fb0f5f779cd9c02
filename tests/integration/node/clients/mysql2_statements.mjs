import { Readable } from 'node:stream';
import { check, errorOf, report } from './report.mjs';
import { rows, using } from './mysql2_connecting.mjs';

export async function several() {
  await using({ multipleStatements: true }, async (connection) => {
    report('several statements', (await connection.query(
      'SELECT 1; SELECT n FROM numbers WHERE n < 3 ORDER BY n; SET @x = 5; SELECT @x;'
      + 'CREATE TABLE one_of_several (id INT); INSERT INTO one_of_several VALUES (1), (2);'
      + 'SELECT * FROM one_of_several; DROP TABLE one_of_several'))[0]);
    report('the second fails', await errorOf(
      connection.query('SELECT 1; SELECT * FROM missing; SELECT 3')));
    report('usable afterwards', await rows(connection, 'SELECT 9'));
  });
  await using({}, async (connection) => {
    report('without leave', await errorOf(connection.query('SELECT 1; SELECT 2')));
  });
}

export async function procedures() {
  await using({}, async (connection) => {
    report('twice', await rows(connection, 'CALL twice()'));
    report('twice, prepared', (await connection.execute('CALL twice()'))[0]);
    report('no rows', await rows(connection, 'CALL no_rows()'));
    await connection.query('SET @running = 1.5');
    report('OUT and INOUT', await rows(connection, 'CALL sums(5, @total, @running)'));
    report('what they gave', await rows(connection, 'SELECT @total, @running'));
    report('rows and OUT, prepared', (await connection.execute(
      'CALL sums_and_rows(?, @t)', [3]))[0]);
    report('what it gave', await rows(connection, 'SELECT @t'));
    // mysql2 sends what a parameter is; the server answers with a result for those that are OUT.
    report('OUT as a parameter', (await connection.execute('CALL sums(?, ?, ?)', [5, null, 2]))[0]);
    report('an error after rows', await errorOf(connection.query('CALL fails_after_rows()')));
    report('a function', (await connection.execute('SELECT tripled(?) f', [14]))[0]);
  });
}

export async function writes() {
  await using({ flags: ['-FOUND_ROWS'] }, (connection) => using({}, async (found) => {
    const does = async (test, ...query) => report(test, (await connection.execute(...query))[0]);
    await connection.query('DROP TABLE IF EXISTS counted');
    await does('CREATE',
      'CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(5), n INT)');
    await does('INSERT', "INSERT INTO counted (v, n) VALUES ('a', 1), ('b', 2), (?, 3)", ['c']);
    report('LAST_INSERT_ID', await rows(connection, 'SELECT LAST_INSERT_ID()'));
    await does('changed rows', 'UPDATE counted SET n = ?', [2]);
    report('matched rows', (await found.query('UPDATE counted SET n = 2'))[0]);
    await does('REPLACE', 'REPLACE INTO counted VALUES (?, ?, 9)', [1, 'z']);
    await does('upsert',
      'INSERT INTO counted VALUES (1, ?, 9) ON DUPLICATE KEY UPDATE n = 10', ['z']);
    await does('DELETE', 'DELETE FROM counted WHERE id > ?', [1]);
    await connection.query("SET SESSION sql_mode = ''");
    await does('with warnings', 'INSERT INTO counted (v, n) VALUES (?, ?)', ['too long', 'x']);
    report('warnings', await rows(connection, 'SHOW WARNINGS'));
    report('warnings of a read', [(await connection.execute("SELECT CAST('1x' AS SIGNED) c"))[0],
      await rows(connection, 'SHOW WARNINGS')]);
    report('read after write', await rows(connection, 'SELECT * FROM counted'));
  }));
}

export async function transactions() {
  await using({}, (one) => using({}, async (two) => {
    await two.query('DROP TABLE IF EXISTS money');
    await two.query('CREATE TABLE money (id INT PRIMARY KEY, n INT)');
    await two.query('INSERT INTO money VALUES (1, 100), (2, 100)');
    const total = async () => [await rows(one, 'SELECT SUM(n) s FROM money'),
      await rows(two, 'SELECT SUM(n) s FROM money')];
    await one.beginTransaction();
    await one.execute('UPDATE money SET n = n - ? WHERE id = 1', [10]);
    report('not seen before COMMIT', await total());
    await one.rollback();
    report('rolled back', await total());
    await one.beginTransaction();
    await one.execute('UPDATE money SET n = n - ? WHERE id = 1', [10]);
    await one.query('SAVEPOINT a');
    await one.query('UPDATE money SET n = 0');
    await one.query('ROLLBACK TO a');
    await one.commit();
    report('committed', await total());
    await one.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    await one.beginTransaction();
    await one.query('SELECT * FROM money');
    await two.query('UPDATE money SET n = n + 1');
    report('READ COMMITTED', await total());
    await one.rollback();
    await one.query('START TRANSACTION READ ONLY');
    report('read only', await errorOf(one.execute('UPDATE money SET n = ?', [0])));
    await one.query('ROLLBACK');
    await one.query('SET autocommit = 0');
    await one.query('UPDATE money SET n = 0');
    report('autocommit off', await total());
    await one.rollback();
    await deadlock(one, two);
  }));
}

async function deadlock(one, two) {
  await one.beginTransaction();
  await two.beginTransaction();
  await one.query('UPDATE money SET n = 1 WHERE id = 1');
  await two.query('UPDATE money SET n = 2 WHERE id = 2');
  const outcomes = await Promise.all([
    errorOf(one.query('UPDATE money SET n = 1 WHERE id = 2')),
    errorOf(two.query('UPDATE money SET n = 2 WHERE id = 1')),
  ]);
  report('deadlock', outcomes.map((it) => it.errno ?? 'none').sort());
  await one.rollback();
  await two.rollback();
  await two.query('SET SESSION innodb_lock_wait_timeout = 1');
  await one.beginTransaction();
  await one.query('SELECT * FROM money WHERE id = 1 FOR UPDATE');
  report('lock wait', await errorOf(two.query('UPDATE money SET n = 7 WHERE id = 1')));
  await one.rollback();
}

export async function infile() {
  await using({}, async (connection) => {
    await connection.query('DROP TABLE IF EXISTS loaded');
    await connection.query('CREATE TABLE loaded (id INT PRIMARY KEY, name VARCHAR(30))');
    const lines = Array.from({ length: 300 }, (_, part) => Buffer.from(Array.from(
      { length: 100 }, (_, n) => `${part * 100 + n}\tname ${n}\n`).join('')));
    report('rows loaded', (await connection.query({
      sql: "LOAD DATA LOCAL INFILE 'lines' INTO TABLE loaded",
      infileStreamFactory: () => Readable.from(lines),
    }))[0]);
    report('not allowed by the client', await errorOf(
      connection.query("LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE loaded")));
    report('what is there', await rows(connection, 'SELECT COUNT(*) c, MAX(id) m FROM loaded'));
  });
}

export async function cancel() {
  await using({}, (connection) => using({}, async (killer) => {
    const [{ id }] = await rows(connection, 'SELECT CONNECTION_ID() AS id');
    report('an id', typeof id);
    let ended = null;
    const sleeping = errorOf(connection.execute('SELECT SLEEP(30), ? AS x', [1]))
      .then((how) => { ended = how; });
    while (!ended) { // it may come before the statement does
      await killer.query(`KILL QUERY ${id}`);
      await Promise.race([sleeping, new Promise((done) => { setTimeout(done, 100); })]);
    }
    // A SLEEP that is interrupted gives 1 or an error, as it happens.
    check('KILL QUERY', Boolean(ended.noError) || ended.errno === 1317);
    report('usable afterwards', await rows(connection, 'SELECT 8'));
    await killer.query(`KILL ${id}`);
    report('after KILL', (await errorOf(connection.query('SELECT 1'))).noError === undefined);
  }));
  await using({}, async (connection) => {
    report('a deadline', await errorOf(
      connection.query({ sql: 'SELECT SLEEP(30)', timeout: 100 })));
  });
}

export async function errors() {
  await using({}, async (connection) => {
    await connection.query('DROP TABLE IF EXISTS strict');
    await connection.query('CREATE TABLE strict (id INT PRIMARY KEY, v VARCHAR(3) NOT NULL)');
    await connection.query("INSERT INTO strict VALUES (1, 'a')");
    for (const statement of [
      "INSERT INTO strict VALUES (1, 'b')", "INSERT INTO strict VALUES (2, 'long')",
      "INSERT INTO strict VALUES (99999999999, 'x')", 'INSERT INTO strict VALUES (2, NULL)',
      'SELEC 1', 'SELECT * FROM missing', 'SELECT missing FROM strict',
      'SELECT * FROM missing.missing', 'CALL missing()',
      'INSERT INTO children (parent) VALUES (77)',
      "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Grüße'"]) {
      report(`query, ${statement}`, await errorOf(connection.query(statement)));
      report(`execute, ${statement}`, await errorOf(connection.execute(statement)));
    }
    report('usable afterwards', await rows(connection, 'SELECT * FROM strict'));
  });
}
