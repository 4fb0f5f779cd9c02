// Changes the user of one connection again and again: node change_user.mjs PORT. Prints what each
// session sees, as a line of JSON.
import mysql from 'mysql2/promise';

const connection = await mysql.createConnection({
  host: '127.0.0.1', port: Number(process.argv[2]), user: 'app', password: 'app',
});
const tell = async (what) => {
  const [rows] = await connection.query(
    'SELECT CURRENT_USER() AS who, DATABASE() AS db, @mine AS mine, @@sql_mode AS mode');
  console.log(JSON.stringify({ what, ...rows[0] }));
};

await connection.query("SET @mine = 7, SESSION sql_mode = 'ANSI'");
await connection.query('CREATE TEMPORARY TABLE change_user.gone (id INT)');
await connection.query('BEGIN');
await connection.query('INSERT INTO change_user.t VALUES (1)');
await tell('before');
await connection.changeUser({ user: 'other', password: 'secret', database: 'change_user' });
await tell('other');
const [count] = await connection.execute('SELECT COUNT(*) AS n FROM t');
console.log(JSON.stringify({ what: 'rows', n: count[0].n }));
try {
  await connection.query('SELECT * FROM gone');
} catch (error) {
  console.log(JSON.stringify({ what: 'temporary', code: error.errno }));
}
await connection.changeUser({ user: 'app', password: 'app' });
await tell('back');
try {
  await connection.changeUser({ user: 'other', password: 'wrong' });
} catch (error) {
  console.log(JSON.stringify({ what: 'wrong', code: error.errno }));
}
connection.destroy();
