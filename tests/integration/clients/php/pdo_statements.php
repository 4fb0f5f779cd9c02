<?php

function prepared(): void
{
    each_way(function (string $way, PDO $connection) {
        $many = [];
        for ($n = 0; $n < 200; ++$n) {
            $many[] = $connection->prepare("SELECT $n + ? AS got");
        }
        $sum = 0;
        foreach (array_reverse($many) as $statement) {
            $statement->execute([1]);
            $sum += $statement->fetch()['got'];
        }
        report("$way, many", $sum);
        report("$way, of a missing table", error_of(fn() => rows($connection, 'SELECT * FROM missing')));
        report("$way, too few values", error_of(fn() => rows($connection, 'SELECT ?, ?', [1])));
    });
}

// All results of a statement.
function results(PDOStatement $statement): array
{
    $seen = [];
    do {
        $seen[] = $statement->columnCount() ? $statement->fetchAll(PDO::FETCH_NUM)
            : $statement->rowCount();
    } while ($statement->nextRowset());
    return $seen;
}

function several(): void
{
    $connection = open();
    report('several statements', results($connection->query(
        'SELECT 1; SELECT n FROM numbers WHERE n < 3 ORDER BY n; SET @x = 5; SELECT @x')));
    report('the second fails', error_of(fn() => results(
        $connection->query('SELECT 1; SELECT * FROM missing; SELECT 3'))));
    report('usable afterwards', rows($connection, 'SELECT 9'));
    report('exec', error_of(fn() => $connection->exec('DO 1; DO 2')));
    $single = open([PDO::MYSQL_ATTR_MULTI_STATEMENTS => false]);
    report('without leave', error_of(fn() => $single->query('SELECT 1; SELECT 2')));
}

function procedures(): void
{
    each_way(function (string $way, PDO $connection) {
        foreach (['CALL twice()' => [], 'CALL no_rows()' => [], 'CALL sums_and_rows(?, @t)' => [3],
            'CALL sums(?, @total, @running)' => [5]] as $call => $values) {
            $statement = $connection->prepare($call);
            $statement->execute($values);
            report("$way, $call", results($statement));
        }
        report("$way, OUT", rows($connection, 'SELECT @t, @total, @running'));
        report("$way, a function", rows($connection, 'SELECT tripled(?) f', [14]));
    });
}

function writes(): void
{
    each_way(function (string $way, PDO $connection) {
        $connection->exec('DROP TABLE IF EXISTS counted');
        $connection->exec('CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(5), n INT)');
        $does = function (string $test, string $statement, array $values) use ($way, $connection) {
            $prepared = $connection->prepare($statement);
            $prepared->execute($values);
            report("$way, $test", [$prepared->rowCount(), $connection->lastInsertId()]);
        };
        $does('INSERT', 'INSERT INTO counted (v, n) VALUES (?, 1), (?, 2), (?, 3)', ['a', 'b', 'c']);
        $does('changed rows', 'UPDATE counted SET n = ?', [2]);
        $does('REPLACE', 'REPLACE INTO counted VALUES (?, ?, 9)', [1, 'z']);
        $does('DELETE', 'DELETE FROM counted WHERE id > ?', [1]);
        report("$way, read after write", rows($connection, 'SELECT * FROM counted'));
        $connection->exec("SET SESSION sql_mode = ''");
        $does('with warnings', 'INSERT INTO counted (v, n) VALUES (?, ?)', ['too long', 'x']);
        report("$way, warnings", rows($connection, 'SHOW WARNINGS'));
        rows($connection, 'SELECT v + ? FROM counted ORDER BY id', [1]);
        report("$way, warnings of a read", rows($connection, 'SHOW WARNINGS'));
        rows($connection, 'SELECT v + ? FROM counted ORDER BY id', [1]);
        report("$way, warnings of a read, counted", rows($connection, 'SELECT @@warning_count c'));
    });
    $found = open([PDO::MYSQL_ATTR_FOUND_ROWS => true]);
    report('matched rows', $found->exec('UPDATE counted SET n = 9'));
}

function transactions(): void
{
    each_way(function (string $way, PDO $one) {
        $two = open();
        $two->exec('DROP TABLE IF EXISTS money');
        $two->exec('CREATE TABLE money (id INT PRIMARY KEY, n INT)');
        $two->exec('INSERT INTO money VALUES (1, 100), (2, 100)');
        $total = fn() => [rows($one, TOTAL), rows($two, TOTAL), $one->inTransaction()];
        $one->beginTransaction();
        $one->exec('UPDATE money SET n = n - 10 WHERE id = 1');
        report("$way, not seen before COMMIT", $total());
        $one->rollBack();
        report("$way, rolled back", $total());
        $one->beginTransaction();
        rows($one, 'UPDATE money SET n = n - ? WHERE id = 1', [10]);
        $one->commit();
        report("$way, committed", $total());
        $one->beginTransaction();
        $one->exec('UPDATE money SET n = 0');
        $one->exec('CREATE TABLE IF NOT EXISTS parents (id INT)'); // commits
        report("$way, committed by itself", $total());
        report("$way, none to commit", error_of(fn() => $one->commit()));
        $one->setAttribute(PDO::ATTR_AUTOCOMMIT, 0);
        $one->exec('UPDATE money SET n = 5');
        report("$way, autocommit off", $total());
        $one->rollBack();
        $one->setAttribute(PDO::ATTR_AUTOCOMMIT, 1);
        $two->exec('SET SESSION innodb_lock_wait_timeout = 1');
        $one->beginTransaction();
        rows($one, 'SELECT * FROM money WHERE id = ? FOR UPDATE', [1]);
        report("$way, lock wait", error_of(fn() => $two->exec('UPDATE money SET n = 7')));
        $one->rollBack();
    });
}

// A persistent connection is found again as it was left.
function pool(): void
{
    $connection = open([PDO::ATTR_PERSISTENT => true]);
    $connection->exec('DROP TABLE IF EXISTS visits');
    $connection->exec('CREATE TABLE visits (id INT PRIMARY KEY, n INT)');
    $connection->exec('INSERT INTO visits VALUES (1, 0)');
    for ($turn = 1; $turn <= 20; ++$turn) {
        $again = open([PDO::ATTR_PERSISTENT => true]);
        $again->exec('UPDATE visits SET n = n + 1');
        $again->exec("SET @turn = $turn");
        report("read after write, $turn", rows($again, 'SELECT n, @turn FROM visits'));
    }
}

function infile(): void
{
    $file = tempnam(sys_get_temp_dir(), 'understudy-php-');
    file_put_contents($file, implode('', array_map(fn($n) => "$n\tname $n\n", range(0, 29999))));
    $load = "LOAD DATA LOCAL INFILE '$file' INTO TABLE loaded";
    $connection = open([PDO::MYSQL_ATTR_LOCAL_INFILE => true]);
    $connection->exec('DROP TABLE IF EXISTS loaded');
    $connection->exec('CREATE TABLE loaded (id INT PRIMARY KEY, name VARCHAR(30))');
    report('rows loaded', $connection->exec($load));
    report('what is there', rows($connection, 'SELECT COUNT(*) c, MAX(id) m FROM loaded'));
    report('not allowed by the client', error_of(fn() => open()->exec($load))[0]);
    unlink($file);
}

function errors(): void
{
    each_way(function (string $way, PDO $connection) {
        $connection->exec('DROP TABLE IF EXISTS strict');
        $connection->exec('CREATE TABLE strict (id INT PRIMARY KEY, v VARCHAR(3) NOT NULL)');
        $connection->exec("INSERT INTO strict VALUES (1, 'a')");
        foreach (REFUSED as $name => $statement) {
            report("$way, $name", error_of(fn() => rows($connection, $statement)));
        }
        report("$way, usable afterwards", rows($connection, 'SELECT * FROM strict'));
    });
}
