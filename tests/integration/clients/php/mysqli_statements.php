<?php

// All results of what has been sent.
function results(mysqli $connection): array
{
    $seen = [];
    do {
        $result = $connection->store_result();
        $seen[] = $result ? $result->fetch_all() : $connection->affected_rows;
    } while ($connection->more_results() && $connection->next_result());
    return $seen;
}

function several(): void
{
    $connection = open();
    $connection->multi_query('SELECT 1; SELECT n FROM numbers WHERE n < 3 ORDER BY n; SET @x = 5;'
        . ' SELECT @x; CREATE TABLE one_of_several (id INT);'
        . ' INSERT INTO one_of_several VALUES (1), (2); SELECT * FROM one_of_several;'
        . ' DROP TABLE one_of_several');
    report('several statements', results($connection));
    $connection->multi_query('SELECT 1; SELECT * FROM missing; SELECT 3');
    report('the second fails', error_of(fn() => results($connection)));
    report('usable afterwards', rows($connection, 'SELECT 9'));
    report('not any more', error_of(fn() => $connection->query('SELECT 1; SELECT 2')));
}

function procedures(): void
{
    $connection = open();
    foreach (['CALL twice()', 'CALL no_rows()', 'CALL sums_and_rows(3, @total)'] as $call) {
        $connection->multi_query($call);
        report($call, results($connection));
    }
    report('OUT', rows($connection, 'SELECT @total'));
    foreach ([['CALL twice()', []], ['CALL sums(?, ?, ?)', [5, null, 1.5]],
        ['CALL sums_and_rows(?, ?)', [3, null]]] as [$call, $arguments]) {
        $statement = $connection->prepare($call);
        $statement->execute($arguments);
        $seen = [];
        do {
            $result = $statement->get_result();
            $seen[] = $result ? $result->fetch_all() : $statement->affected_rows;
        } while ($statement->more_results() && $statement->next_result());
        $statement->close();
        report("prepared: $call", $seen);
    }
    report('an error after rows', error_of(function () use ($connection) {
        $connection->multi_query('CALL fails_after_rows()');
        return results($connection);
    }));
    report('usable afterwards', rows($connection, 'SELECT tripled(14)'));
}

function writes(): void
{
    $connection = open();
    $found = open([], null, MYSQLI_CLIENT_FOUND_ROWS);
    $does = function (string $test, string $statement, mysqli $on = null) use ($connection) {
        $on ??= $connection;
        $on->query($statement);
        report($test, [$on->affected_rows, $on->insert_id, $on->info, $on->warning_count]);
    };
    $connection->query('DROP TABLE IF EXISTS counted');
    $does('CREATE', 'CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(5), n INT)');
    $does('INSERT', "INSERT INTO counted (v, n) VALUES ('a', 1), ('b', 2), ('c', 3)");
    $does('changed rows', 'UPDATE counted SET n = 2');
    $does('matched rows', 'UPDATE counted SET n = 2', $found);
    $does('REPLACE', "REPLACE INTO counted VALUES (1, 'z', 9)");
    $does('upsert', "INSERT INTO counted VALUES (1, 'z', 9) ON DUPLICATE KEY UPDATE n = 10");
    $does('DELETE', 'DELETE FROM counted WHERE id > 1');
    $statement = $connection->prepare('INSERT INTO counted (v, n) VALUES (?, ?)');
    $statement->execute(['e', 5]);
    report('prepared', [$statement->affected_rows, $statement->insert_id, $connection->insert_id]);
    $connection->query("SET SESSION sql_mode = ''");
    $does('with warnings', "INSERT INTO counted (v, n) VALUES ('too long', 'x')");
    $warning = $connection->get_warnings();
    report('warnings', [$warning->errno, $warning->sqlstate, $warning->message, $warning->next(),
        $warning->errno, $warning->message]);
    report('read after write', rows($connection, 'SELECT * FROM counted'));
}

function transactions(): void
{
    [$one, $two] = [open(), open()];
    $two->query('DROP TABLE IF EXISTS money');
    $two->query('CREATE TABLE money (id INT PRIMARY KEY, n INT)');
    $two->query('INSERT INTO money VALUES (1, 100), (2, 100)');
    $total = fn() => [rows($one, TOTAL), rows($two, TOTAL)];
    $one->begin_transaction();
    $one->query('UPDATE money SET n = n - 10 WHERE id = 1');
    report('not seen before COMMIT', $total());
    $one->rollback();
    report('rolled back', $total());
    $one->begin_transaction(MYSQLI_TRANS_START_READ_WRITE, 'named');
    $one->query('UPDATE money SET n = n - 10 WHERE id = 1');
    $one->savepoint('a');
    $one->query('UPDATE money SET n = 0');
    $one->query('ROLLBACK TO a');
    $one->release_savepoint('a');
    $one->commit(MYSQLI_TRANS_COR_AND_CHAIN);
    report('committed', $total());
    $one->rollback(MYSQLI_TRANS_COR_AND_NO_CHAIN);
    $one->begin_transaction(MYSQLI_TRANS_START_READ_ONLY);
    report('read only', error_of(fn() => $one->query('UPDATE money SET n = 0')));
    $one->rollback();
    $one->begin_transaction(MYSQLI_TRANS_START_WITH_CONSISTENT_SNAPSHOT);
    $two->query('UPDATE money SET n = n + 1');
    report('consistent snapshot', $total());
    $one->commit();
    $one->autocommit(false);
    $one->query('UPDATE money SET n = 0');
    report('autocommit off', $total());
    $one->rollback();
    $one->autocommit(true);
    deadlock($one, $two);
}

function deadlock(mysqli $one, mysqli $two): void
{
    $one->begin_transaction();
    $two->begin_transaction();
    $one->query('UPDATE money SET n = 1 WHERE id = 1');
    $two->query('UPDATE money SET n = 2 WHERE id = 2');
    $one->query('UPDATE money SET n = 1 WHERE id = 2', MYSQLI_ASYNC);
    $outcomes = [error_of(fn() => $two->query('UPDATE money SET n = 2 WHERE id = 1')),
        error_of(fn() => $one->reap_async_query())];
    sort($outcomes);
    report('deadlock', $outcomes);
    $one->rollback();
    $two->rollback();
    $two->query('SET SESSION innodb_lock_wait_timeout = 1');
    $one->begin_transaction();
    $one->query('SELECT * FROM money WHERE id = 1 FOR UPDATE');
    report('lock wait', error_of(fn() => $two->query('UPDATE money SET n = 7 WHERE id = 1')));
    $one->rollback();
}

function infile(): void
{
    $file = tempnam(sys_get_temp_dir(), 'understudy-php-');
    file_put_contents($file, implode('', array_map(fn($n) => "$n\tname $n\n", range(0, 29999))));
    $load = "LOAD DATA LOCAL INFILE '$file' INTO TABLE loaded";
    $connection = open([], fn($it) => $it->options(MYSQLI_OPT_LOCAL_INFILE, true));
    $connection->query('DROP TABLE IF EXISTS loaded');
    $connection->query('CREATE TABLE loaded (id INT PRIMARY KEY, name VARCHAR(30))');
    $connection->query($load);
    report('rows loaded', [$connection->affected_rows, $connection->info]);
    report('what is there', rows($connection, 'SELECT COUNT(*) c, MAX(id) m FROM loaded'));
    $forbidden = open([], fn($it) => $it->options(MYSQLI_OPT_LOCAL_INFILE, false));
    report('not allowed by the client', error_of(fn() => $forbidden->query($load))[0]);
    unlink($file);
}

function cancel(): void
{
    [$connection, $killer] = [open(), open()];
    check('the id of the greeting is its own', $connection->thread_id
        === (int) rows($connection, 'SELECT CONNECTION_ID() AS id')[0]['id']);
    $connection->query('SELECT SLEEP(30) AS slept', MYSQLI_ASYNC);
    do { // it may come before the statement does
        $killer->query("KILL QUERY $connection->thread_id");
        [$ready, $failed, $refused] = [[$connection], [], []];
    } while (mysqli::poll($ready, $failed, $refused, 0, 100000) === 0);
    // A SLEEP that is interrupted gives 1 or an error, as it happens.
    $ended = error_of(fn() => $connection->reap_async_query()->fetch_all());
    check('KILL QUERY', isset($ended['no error']) || $ended[0] === 1317);
    report('usable afterwards', rows($connection, 'SELECT 8'));
    $killer->kill($connection->thread_id); // COM_PROCESS_KILL
    check('after KILL', !isset(error_of(fn() => $connection->query('SELECT 1'))['no error']));
}

function errors(): void
{
    $connection = open();
    $connection->query('DROP TABLE IF EXISTS strict');
    $connection->query('CREATE TABLE strict (id INT PRIMARY KEY, v VARCHAR(3) NOT NULL)');
    $connection->query("INSERT INTO strict VALUES (1, 'a')");
    foreach (REFUSED as $name => $statement) {
        report("query, $name", error_of(fn() => $connection->query($statement)));
        report("prepared, $name", error_of(fn() => $connection->execute_query($statement)));
        report("list, $name", $connection->error_list);
    }
    report('usable afterwards', rows($connection, 'SELECT * FROM strict'));
}
