<?php

function types(): void
{
    foreach ([false, true] as $native) {
        $connection = open([], fn($it) => $it->options(MYSQLI_OPT_INT_AND_FLOAT_NATIVE, $native));
        $connection->query("SET time_zone = '+00:00'");
        $how = $native ? 'numbers as such' : 'numbers as text';
        foreach (rows($connection, 'SELECT * FROM every_type ORDER BY id') as $row) {
            report("query, $how, row $row[id]", $row);
        }
        report("query, $how, zero dates", rows($connection, 'SELECT * FROM zero_dates ORDER BY id'));
    }
    $statement = $connection->prepare('SELECT * FROM every_type WHERE id >= ? ORDER BY id');
    $statement->execute([1]);
    foreach ($statement->get_result() as $row) {
        report("prepared, row $row[id]", $row);
    }
    $statement = $connection->prepare('SELECT * FROM zero_dates ORDER BY id');
    $statement->execute();
    report('prepared, zero dates', $statement->get_result()->fetch_all());
    parameters($connection);
}

function parameters(mysqli $connection): void
{
    $statement = $connection->prepare('SELECT ? AS it, LENGTH(?) AS bytes');
    $values = [['i', PHP_INT_MAX], ['i', -1], ['d', 1.5], ['s', 'Grüße 🎭'], ['b', null], ['s', null],
        ['s', "\0\xff"], ['s', str_repeat('x', 70000)]];
    foreach ($values as $place => [$type, $value]) {
        $statement->bind_param($type . $type, $value, $value);
        if ($type === 'b') { // in pieces, COM_STMT_SEND_LONG_DATA
            foreach ([0, 1] as $parameter) {
                for ($piece = 0; $piece < 20; ++$piece) {
                    $statement->send_long_data($parameter, str_repeat(chr(65 + $piece), 10000));
                }
            }
        }
        $statement->execute();
        report("parameter $place", $statement->get_result()->fetch_assoc());
    }
}

function metadata(): void
{
    $connection = open();
    foreach (['every_type', 'children', 'cheap'] as $table) {
        $asked = "SELECT *, 1 + 1 AS two FROM $table AS it LIMIT 0";
        $prepared = $connection->prepare($asked);
        foreach ([$connection->query($asked), $prepared->result_metadata()] as $how => $result) {
            foreach ($result->fetch_fields() as $field) {
                report("$table, $how, $field->name", $field);
            }
        }
        $prepared->close();
    }
}

function prepared(): void
{
    $connection = open();
    $many = [];
    for ($n = 0; $n < 300; ++$n) {
        $many[] = $connection->prepare("SELECT $n + ? AS got");
    }
    $sum = 0;
    foreach (array_reverse($many) as $statement) {
        $statement->execute([1]);
        $sum += $statement->get_result()->fetch_assoc()['got'];
        $statement->close();
    }
    report('many', $sum);
    report('of a missing table', error_of(fn() => $connection->prepare('SELECT * FROM missing')));
    $statement = $connection->prepare('SELECT n, text FROM numbers WHERE n < ? ORDER BY n');
    $statement->execute([5]);
    $statement->bind_result($n, $text);
    $seen = [];
    while ($statement->fetch()) {
        $seen[] = [$n, $text];
    }
    report('bound results', $seen);
    $statement->execute([3]);
    $statement->store_result();
    report('stored results', [$statement->num_rows, $statement->field_count]);
    $statement->free_result();
    $statement->reset();
    $statement->execute([2]);
    report('after reset', $statement->get_result()->fetch_all());
    cursor($connection);
}

// Rows come in portions, by COM_STMT_FETCH.
function cursor(mysqli $connection): void
{
    $statement = $connection->prepare('SELECT n FROM numbers WHERE n < ? ORDER BY n');
    $statement->attr_set(MYSQLI_STMT_ATTR_CURSOR_TYPE, MYSQLI_CURSOR_TYPE_READ_ONLY);
    $statement->execute([2000]);
    $statement->bind_result($n);
    $sum = 0;
    while ($statement->fetch()) {
        $sum += $n;
    }
    report('by a cursor', $sum);
    $statement->execute([2000]);
    $statement->fetch();
    $statement->close();
    report('a cursor that is left', rows($connection, 'SELECT 5'));
}

function streams(): void
{
    $connection = open();
    $count = $total = 0;
    $result = $connection->query('SELECT n, text FROM numbers ORDER BY n', MYSQLI_USE_RESULT);
    while ($row = $result->fetch_row()) {
        $count += 1;
        $total += $row[0] + strlen($row[1]);
    }
    report('a whole stream', [$count, $total]);
    $result = $connection->query('SELECT n, text FROM numbers ORDER BY n', MYSQLI_USE_RESULT);
    report('a first row', $result->fetch_row());
    report('out of sync', error_of(fn() => $connection->query('SELECT 1')));
    $result->free(); // reads the rest
    report('usable after half a stream', rows($connection, 'SELECT 2'));
    $connection->query('SELECT a.n, a.text FROM numbers a JOIN numbers b ON b.n < 50',
        MYSQLI_USE_RESULT)->fetch_row();
    unset($connection); // with most of the rows still to come
    report('others go on', rows(open(), 'SELECT 3'));
}

function large(): void
{
    $connection = open();
    $size = 17 << 20;
    $text = rows($connection, "SELECT REPEAT('abcdefgh', $size / 8) AS t")[0]['t'];
    check('over 16 MiB from the server', $text === str_repeat('abcdefgh', $size >> 3));
    $connection->query('DROP TABLE IF EXISTS heavy');
    $connection->query('CREATE TABLE heavy (id INT PRIMARY KEY, b LONGBLOB)');
    $data = str_repeat("\0\1\xfe\xff", $size >> 2);
    $connection->query("INSERT INTO heavy VALUES (1, '" . $connection->real_escape_string($data) . "')");
    $connection->execute_query('INSERT INTO heavy VALUES (2, ?)', [$data]);
    report('over 16 MiB to the server', rows($connection, 'SELECT id, LENGTH(b) l, MD5(b) m FROM heavy'));
    $back = $connection->execute_query('SELECT b FROM heavy WHERE id = ?', [1])->fetch_row()[0];
    check('and back', $back === $data);
}
