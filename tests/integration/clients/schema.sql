-- What the programs of every driver find in their schema. They do not change these tables; those
-- that they write to they make themselves.

CREATE TABLE every_type (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  c_tinyint TINYINT,
  c_bool BOOLEAN,
  c_utinyint TINYINT UNSIGNED,
  c_smallint SMALLINT,
  c_mediumint MEDIUMINT,
  c_int INT NOT NULL DEFAULT 7,
  c_bigint BIGINT,
  c_ubigint BIGINT UNSIGNED,
  c_zerofill INT(8) UNSIGNED ZEROFILL,
  c_float FLOAT,
  c_double DOUBLE,
  c_decimal DECIMAL(30, 10),
  c_bit1 BIT(1),
  c_bit BIT(17),
  c_year YEAR,
  c_date DATE,
  c_time TIME,
  c_time6 TIME(6),
  c_datetime DATETIME,
  c_datetime6 DATETIME(6),
  c_timestamp TIMESTAMP NULL,
  c_timestamp3 TIMESTAMP(3) NULL,
  c_char CHAR(10),
  c_varchar VARCHAR(100),
  c_latin1 VARCHAR(20) CHARACTER SET latin1,
  c_binary BINARY(4),
  c_varbinary VARBINARY(20),
  c_tinytext TINYTEXT,
  c_text TEXT,
  c_longtext LONGTEXT,
  c_blob BLOB,
  c_longblob LONGBLOB,
  c_enum ENUM('small', 'medium', 'large'),
  c_set SET('a', 'b', 'c'),
  c_json JSON,
  c_point POINT,
  KEY by_varchar (c_varchar),
  UNIQUE KEY by_numbers (c_bigint, c_int)
) DEFAULT CHARSET = utf8mb4;

SET sql_mode = '', time_zone = '+00:00';
INSERT INTO every_type VALUES
  (1, 1, TRUE, 1, 1, 1, 1, 1, 1, 42, 1.5, 2.25, 1.5, b'1', b'101', 2024, '2024-02-29', '12:34:56',
   '12:34:56.123456', '2024-02-29 12:34:56', '2024-02-29 12:34:56.123456', '2024-02-29 12:34:56',
   '2024-02-29 12:34:56.789', 'char', 'Grüße 日本 🎭', 'Grüße', 'bin', 'var\0bin', 'tiny', 'text',
   'long', 'blob', 'longblob', 'medium', 'a,c', '{"a": [1, 2.5, null, "ü"]}',
   ST_GeomFromText('POINT(1.5 -2.5)')),
  (2, -128, FALSE, 255, -32768, -8388608, -2147483648, -9223372036854775808, 18446744073709551615,
   99999999, -3.4e38, -1.7976931348623157e308, -12345678901234567890.0123456789, b'0',
   b'11111111111111111', 1901, '1000-01-01', '-838:59:59', '-838:59:58.999999',
   '1000-01-01 00:00:00', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:01',
   '2038-01-19 03:14:07.999', '', '', '', '', '', '', '', '', '', '', 'small', '', '[]',
   ST_GeomFromText('POINT(0 0)')),
  (3, 127, TRUE, 0, 32767, 8388607, 2147483647, 9223372036854775807, 9223372036854775808, 0, 0, 0,
   0.0000000001, b'0', b'0', 2155, '9999-12-31', '838:59:59', '-00:00:00.000001',
   '9999-12-31 23:59:59', '2024-01-01 00:00:00.000001', '2000-01-01 00:00:00',
   '2000-01-01 00:00:00.001', 'trailing ', 'quote '' " \\ `', 'x', x'00ff00ff', x'0a0d1a27',
   REPEAT('t', 255), REPEAT('x', 65535), REPEAT('l', 70000), REPEAT('b', 65535),
   REPEAT(x'00ff', 40000), 'large', 'a,b,c', '"text"', ST_GeomFromText('POINT(1e10 1e-10)')),
  (4, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL);

-- Dates that are none: what drivers make of them differs, what arrives must not.
CREATE TABLE zero_dates (id INT PRIMARY KEY, d DATE, t TIME(3), dt DATETIME, dt6 DATETIME(6), y YEAR);
INSERT INTO zero_dates VALUES
  (1, '0000-00-00', '00:00:00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', 0),
  (2, '2024-00-00', '00:00:00.5', '2024-00-00 00:00:00', '2024-01-00 00:00:00.5', 2000);

CREATE TABLE digits (d INT PRIMARY KEY);
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
CREATE TABLE numbers (n INT PRIMARY KEY, text VARCHAR(100) NOT NULL);
INSERT INTO numbers SELECT n, CONCAT('number ', n, REPEAT('.', 80))
  FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n
        FROM digits a, digits b, digits c, digits e, digits f) AS made;

CREATE TABLE parents (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL COMMENT 'as it is written');
CREATE TABLE children (
  id BIGINT AUTO_INCREMENT PRIMARY KEY,
  parent INT NOT NULL,
  price DECIMAL(10, 2) NOT NULL DEFAULT 1.50,
  CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE
);
INSERT INTO parents VALUES (1, 'one'), (2, 'two');
CREATE VIEW cheap AS SELECT id, price FROM children WHERE price < 10;

DELIMITER //
CREATE PROCEDURE twice() BEGIN SELECT 1 AS a; SELECT 'b' AS b, NULL AS c; END //
CREATE PROCEDURE no_rows() BEGIN DO 1; END //
CREATE PROCEDURE sums(IN a INT, OUT total INT, INOUT running DECIMAL(10, 2))
BEGIN SET total = a * 2; SET running = running + a; END //
CREATE PROCEDURE sums_and_rows(IN a INT, OUT total INT)
BEGIN SELECT n FROM numbers WHERE n < a ORDER BY n; SET total = a + 1; SELECT 'last' AS word; END //
CREATE PROCEDURE fails_after_rows()
BEGIN SELECT 1 AS a; SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'as asked', MYSQL_ERRNO = 4500; END //
CREATE FUNCTION tripled(a INT) RETURNS INT DETERMINISTIC RETURN 3 * a //
DELIMITER ;
