<?php
// The tests of the users of PDO, with prepared statements that the driver emulates or not:
// php pdo.php SECTION.
require 'report.php';
require 'pdo_data.php';
require 'pdo_statements.php';

function open(array $options = [], string $dsn = '', string $user = '', string $password = ''): PDO
{
    $dsn = $dsn ?: sprintf('mysql:host=%s;port=%s;dbname=%s;charset=utf8mb4', getenv('DB_HOST'),
        getenv('DB_PORT'), schema());
    return new PDO($dsn, $user ?: getenv('DB_USER'), $password ?: getenv('DB_PASSWORD'),
        $options + [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
}

function rows(PDO $connection, string $statement, array $values = []): array
{
    $prepared = $connection->prepare($statement);
    $prepared->execute($values);
    return $prepared->fetchAll(PDO::FETCH_ASSOC);
}

// Both ways: the driver puts values into the text, or the server gets them.
function each_way(callable $run): void
{
    foreach (['emulated' => true, 'native' => false] as $way => $emulated) {
        $run($way, open([PDO::ATTR_EMULATE_PREPARES => $emulated]));
    }
}

$argv[1]();
