<?php

// A connection; `$prepare` may set options before it is made.
function open(array $more = [], ?callable $prepare = null, int $flags = 0): mysqli
{
    $more += ['host' => getenv('DB_HOST'), 'user' => getenv('DB_USER'),
        'password' => getenv('DB_PASSWORD'), 'schema' => schema(),
        'port' => (int) getenv('DB_PORT'), 'socket' => null];
    $connection = mysqli_init();
    if ($prepare) {
        $prepare($connection);
    }
    $connection->real_connect($more['host'], $more['user'], $more['password'], $more['schema'],
        $more['port'], $more['socket'], $flags);
    return $connection;
}

function rows(mysqli $connection, string $statement): array
{
    return $connection->query($statement)->fetch_all(MYSQLI_ASSOC);
}

function connect(): void
{
    $ways = [
        'without a schema' => [['schema' => '']],
        'with a schema' => [[]],
        'by the Unix socket' => [['host' => 'localhost', 'socket' => getenv('DB_SOCKET')]],
        'latin1' => [[], fn($it) => $it->options(MYSQLI_SET_CHARSET_NAME, 'latin1')],
        'first statement' => [[], fn($it) => $it->options(MYSQLI_INIT_COMMAND, 'SET @a = 5')],
        'with TLS' => [[], fn($it) => $it->ssl_set(null, null, getenv('DB_CA'), null, null),
            MYSQLI_CLIENT_SSL],
        'compressed' => [[], null, MYSQLI_CLIENT_COMPRESS],
        'interactive' => [[], null, MYSQLI_CLIENT_INTERACTIVE],
        'persistent' => [['host' => 'p:' . getenv('DB_HOST')]],
        'another user' => [['user' => 'other', 'password' => 'secret']],
        'wrong password' => [['password' => 'wrong']],
        'no password' => [['password' => '']],
        'unknown schema' => [['schema' => 'nowhere']],
    ];
    foreach ($ways as $way => $arguments) {
        report($way, error_of(function () use ($arguments) {
            $connection = open(...$arguments);
            return [rows($connection, WHERE), rows($connection, 'SELECT @a, @@wait_timeout'),
                strlen(rows($connection, "SELECT REPEAT('x', 200000) x")[0]['x']),
                $connection->host_info !== '', $connection->protocol_version,
                $connection->server_info];
        }));
    }
    $connection = open();
    $connection->set_charset('utf8mb4');
    $connection->select_db('mysql');
    report('changed', [rows($connection, WHERE), $connection->ping(),
        strlen($connection->stat()) > 0]);
    report('unknown schema later', error_of(fn() => $connection->select_db('nowhere')));
}

function session(): void
{
    $one = open();
    $two = open();
    $one->query("SET @mine = 'x', SESSION sql_mode = 'ANSI_QUOTES', time_zone = '-03:00'");
    for ($turn = 0; $turn < 5; ++$turn) {
        report("variables, $turn", rows($one,
            'SELECT @mine, @@sql_mode, @@time_zone, FROM_UNIXTIME(0) t, "id" FROM parents'));
        report("another's, $turn", rows($two, 'SELECT @mine, @@time_zone'));
    }
    $one->query('CREATE TEMPORARY TABLE own AS SELECT 5 AS five');
    report('temporary table', rows($one, 'SELECT * FROM own'));
    report('user lock', rows($one, "SELECT GET_LOCK('php', 1) got"));
    report('user lock of another', rows($two, "SELECT GET_LOCK('php', 0) got"));
    $one->change_user('other', 'secret', schema());
    report('after change_user', rows($one, 'SELECT SUBSTRING_INDEX(USER(), "@", 1) u, @mine,'
        . ' @@time_zone, DATABASE() d'));
    report('a lock that is free again', rows($two, "SELECT GET_LOCK('php', 5) got"));
    report('a table that is gone', error_of(fn() => $one->query('SELECT * FROM own')));
}

// A persistent connection is reset by COM_CHANGE_USER when it is taken again.
function pool(): void
{
    $persistent = ['host' => 'p:' . getenv('DB_HOST')];
    $first = open();
    $first->query('DROP TABLE IF EXISTS visits');
    $first->query('CREATE TABLE visits (id INT PRIMARY KEY, n INT)');
    $first->query('INSERT INTO visits VALUES (1, 0)');
    for ($turn = 1; $turn <= 20; ++$turn) {
        $connection = open($persistent);
        report("nothing is left behind, $turn", rows($connection, 'SELECT @left, @@sql_mode'));
        $connection->query('SET @left = 1');
        $connection->query('UPDATE visits SET n = n + 1');
        report("read after write, $turn", rows($connection, 'SELECT n FROM visits'));
        $connection->begin_transaction();
        $connection->query('UPDATE visits SET n = n + 100');
        $connection->close();
    }
    report('what was committed', rows(open($persistent),
        '/* understudy: strong */ SELECT n FROM visits'));
}
