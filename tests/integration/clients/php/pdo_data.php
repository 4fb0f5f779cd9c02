<?php

function connect(): void
{
    $address = sprintf('mysql:host=%s;port=%s;', getenv('DB_HOST'), getenv('DB_PORT'));
    $ways = [
        'with a schema' => [],
        'without a schema' => [[], $address],
        'latin1' => [[], $address . 'charset=latin1'],
        'by the Unix socket' => [[], 'mysql:unix_socket=' . getenv('DB_SOCKET')],
        'unknown schema' => [[], $address . 'dbname=nowhere'],
        'first statement' => [[PDO::MYSQL_ATTR_INIT_COMMAND => "SET @a = 5, time_zone = '+05:00'"]],
        'with TLS' => [[PDO::MYSQL_ATTR_SSL_CA => getenv('DB_CA')]],
        'compressed' => [[PDO::MYSQL_ATTR_COMPRESS => true]],
        'another user' => [[], '', 'other', 'secret'],
        'wrong password' => [[], '', '', 'wrong'],
    ];
    foreach ($ways as $way => $arguments) {
        report($way, error_of(function () use ($arguments) {
            $connection = open(...$arguments);
            return [rows($connection, WHERE), rows($connection, 'SELECT @a, @@time_zone'),
                $connection->getAttribute(PDO::ATTR_SERVER_VERSION),
                strlen($connection->getAttribute(PDO::ATTR_SERVER_INFO)) > 0];
        }));
    }
}

function types(): void
{
    each_way(function (string $way, PDO $connection) {
        $connection->exec("SET time_zone = '+00:00'");
        foreach (rows($connection, 'SELECT * FROM every_type WHERE id >= ? ORDER BY id', [1]) as $row) {
            report("$way, row $row[id]", $row);
        }
        report("$way, zero dates", rows($connection, 'SELECT * FROM zero_dates ORDER BY id'));
        $values = [null, true, 5, -1.5, 'Grüße 🎭', "\0\xff", str_repeat('x', 70000)];
        foreach ($values as $place => $value) {
            report("$way, parameter $place", rows($connection,
                'SELECT ? AS it, LENGTH(?) AS bytes', [$value, $value]));
        }
        report("$way, by name", rows($connection, 'SELECT :a AS a, :b AS b', ['b' => 2, 'a' => 1]));
    });
}

function metadata(): void
{
    each_way(function (string $way, PDO $connection) {
        $statement = $connection->query('SELECT *, 1 + 1 AS two FROM every_type AS it LIMIT 1');
        for ($column = 0; $column < $statement->columnCount(); ++$column) {
            report("$way, $column", $statement->getColumnMeta($column));
        }
    });
}

function streams(): void
{
    each_way(function (string $way, PDO $connection) {
        $connection->setAttribute(PDO::MYSQL_ATTR_USE_BUFFERED_QUERY, false);
        $count = $total = 0;
        foreach ($connection->query('SELECT n, text FROM numbers ORDER BY n') as $row) {
            $count += 1;
            $total += $row['n'] + strlen($row['text']);
        }
        report("$way, a whole stream", [$count, $total]);
        $statement = $connection->query('SELECT n, text FROM numbers ORDER BY n');
        report("$way, a first row", $statement->fetch(PDO::FETCH_NUM));
        report("$way, rows are left", error_of(fn() => $connection->query('SELECT 1')));
        $statement->closeCursor();
        report("$way, usable afterwards", rows($connection, 'SELECT 2'));
    });
}

function large(): void
{
    each_way(function (string $way, PDO $connection) {
        $connection->exec('DROP TABLE IF EXISTS heavy');
        $connection->exec('CREATE TABLE heavy (id INT PRIMARY KEY, b LONGBLOB)');
        $data = str_repeat("\0\1\xfe\xff", 17 << 18);
        $statement = $connection->prepare('INSERT INTO heavy VALUES (?, ?)');
        $statement->bindValue(1, 1, PDO::PARAM_INT);
        $statement->bindValue(2, $data, PDO::PARAM_LOB);
        $statement->execute();
        report("$way, over 16 MiB to the server", rows($connection, 'SELECT LENGTH(b) l, MD5(b) m FROM heavy'));
        check("$way, and back", rows($connection, 'SELECT b FROM heavy')[0]['b'] === $data);
    });
}
