<?php
// The tests of the users of mysqli: php mysqli.php SECTION.
require 'report.php';
require 'mysqli_connecting.php';
require 'mysqli_data.php';
require 'mysqli_statements.php';

mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$argv[1]();
