<?php
// How the tests of both extensions report what they see, see ../README.md.

function report(string $test, mixed $result): void
{
    echo json_encode(['test' => $test, 'result' => shown($result)],
        JSON_THROW_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION), "\n";
}

// What must hold whoever answers.
function check(string $test, bool $right): void
{
    echo json_encode(['test' => $test] + ($right ? ['result' => 'ok'] : ['failed' => 'is not so'])),
        "\n";
}

// As JSON can have it: bytes that are no text, and long texts, as digests.
function shown(mixed $it): mixed
{
    if (is_object($it)) {
        $it = get_object_vars($it);
    }
    if (is_array($it)) {
        return array_map('shown', $it);
    }
    if (is_string($it) && (strlen($it) > 300 || !preg_match('//u', $it))) {
        return strlen($it) . ' bytes, ' . hash('sha256', $it);
    }
    return $it;
}

// The error that an action must end with.
function error_of(callable $action): mixed
{
    try {
        return ['no error' => $action()];
    } catch (mysqli_sql_exception $error) {
        return [$error->getCode(), $error->getSqlState(), $error->getMessage()];
    } catch (PDOException $error) {
        return [$error->getCode(), $error->errorInfo, $error->getMessage()];
    }
}

const WHERE = "SELECT DATABASE() d, SUBSTRING_INDEX(USER(), '@', 1) u, @@character_set_client c,"
    . ' @@collation_connection n';
// What others have committed must be seen, too, which is not promised without the hint.
const TOTAL = '/* understudy: strong */ SELECT SUM(n) FROM money';
const REFUSED = [
    'duplicate key' => "INSERT INTO strict VALUES (1, 'b')",
    'too long' => "INSERT INTO strict VALUES (2, 'long')",
    'out of range' => "INSERT INTO strict VALUES (99999999999, 'x')",
    'not null' => 'INSERT INTO strict VALUES (2, NULL)',
    'syntax' => 'SELEC 1',
    'no such table' => 'SELECT * FROM missing',
    'no such column' => 'SELECT missing FROM strict',
    'no such procedure' => 'CALL missing()',
    'foreign key' => 'INSERT INTO children (parent) VALUES (77)',
    'own error' => "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Grüße'",
    'several without leave' => 'SELECT 1; SELECT 2',
];

function schema(): string
{
    return getenv('DB_NAME');
}
