"""Columns of every type with random values, and how a server shows them, for test_binlog_values.py.

A column has its SQL type, a function that makes a literal, the expression whose value a SELECT
gives for it, and what a value of binlog_dump has to become to be equal to that.
"""

import decimal
import struct

LATIN = "".join(chr(c) for c in range(0x20, 0x7F)) + "äöüßéè"
WIDE = LATIN + "€ЖЩя中文日本"
PLANES = WIDE + "😀𝄞"
JAPANESE = LATIN[:95] + "日本語テスト"
CHINESE = LATIN[:95] + "中文测试"


class Column:
    def __init__(self, name, sql_type, literal, shown="CAST({} AS CHAR)", of_log=str,
                 nullable=True, given=True):
        self.name = name
        self.sql_type = sql_type
        self.literal = literal  # random -> text
        self.shown = shown.format(f"`{name}`")
        self.of_log = of_log
        self.nullable = nullable
        self.given = given  # False: the server makes it

    def value(self, random):
        if self.nullable and random.random() < 0.15:
            return "NULL"
        return self.literal(random)

    def declaration(self):
        return f"`{self.name}` {self.sql_type}"


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def integers(name, sql_type, bits):
    def signed(random):
        return str(random.choice([0, -1, 2 ** (bits - 1) - 1, -2 ** (bits - 1),
                                  random.randrange(-2 ** (bits - 1), 2 ** (bits - 1))]))

    def unsigned(random):
        return str(random.choice([0, 2 ** bits - 1, random.randrange(2 ** bits)]))

    yield Column(name, sql_type, signed)
    yield Column(name + "_u", sql_type + " UNSIGNED", unsigned)


def decimals(precision, scale, unsigned=False):
    def literal(random):
        digits = "".join(random.choice("0123456789") for _ in range(random.randint(1, precision)))
        whole, part = digits[:max(1, precision - scale)], digits[max(1, precision - scale):]
        if precision == scale:
            whole, part = "0", digits
        sign = "" if unsigned or random.random() < 0.5 else "-"
        return f"{sign}{whole}.{part or '0'}"[:precision + 2]

    name = f"decimal_{precision}_{scale}" + ("_u" if unsigned else "")
    sql_type = f"DECIMAL({precision},{scale})"
    return Column(name, sql_type + (" UNSIGNED" if unsigned else ""), literal)


def text(name, sql_type, letters, length):
    def literal(random):
        size = random.choice([0, 1, length, random.randint(0, length)])
        value = "".join(random.choice(letters) for _ in range(size))
        return quoted(value.rstrip() if sql_type.startswith("CHAR") else value)

    return Column(name, sql_type, literal, "LOWER(HEX(CONVERT({} USING utf8mb4)))",
                  lambda value: value.encode().hex())


def binary(name, sql_type, length):
    def literal(random):
        size = random.choice([0, 1, length, random.randint(0, length)])
        value = bytes(random.choice([0, 0x20, 0xFF, random.randrange(256)]) for _ in range(size))
        return "x'" + value.hex() + "'"

    return Column(name, sql_type, literal, "LOWER(HEX({}))")


def day(random):
    return f"{random.randint(1000, 9999):04}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


def clock(random, digits):
    part = f".{random.randrange(10 ** digits):0{digits}}" if digits else ""
    return f"{random.randrange(24):02}:{random.randrange(60):02}:{random.randrange(60):02}{part}"


def times(digits):
    def span(random):
        hours = random.choice([0, random.randrange(838), 837])
        return quoted(random.choice(["", "-"]) + f"{hours:02}" + clock(random, digits)[2:])

    def moment(random):
        if random.random() < 0.1:
            return "'0000-00-00 00:00:00'"
        return quoted(f"{random.randint(1971, 2037)}{day(random)[4:]} {clock(random, digits)}")

    def date_time(random):
        if random.random() < 0.1:
            return "'0000-00-00 00:00:00'"
        return quoted(f"{day(random)} {clock(random, digits)}")

    yield Column(f"time_{digits}", f"TIME({digits})", span, "CAST({} AS CHAR)",
                 lambda micro: time_text(micro, digits))
    yield Column(f"datetime_{digits}", f"DATETIME({digits})", date_time)
    yield Column(f"timestamp_{digits}", f"TIMESTAMP({digits}) NULL", moment,
                 "CAST(CAST(UNIX_TIMESTAMP({}) AS DECIMAL(20,6)) AS CHAR)",
                 lambda value: f"{decimal.Decimal(value):.6f}")


def time_text(micro, digits):
    seconds, part = divmod(abs(micro), 10 ** 6)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    fraction = f".{part:06}"[:digits + 1] if digits else ""
    return ("-" if micro < 0 else "") + text + fraction


def real(name, sql_type):
    def literal(random):
        if sql_type == "FLOAT":
            return repr(struct.unpack("f", struct.pack("f", random.uniform(-1e6, 1e6)))[0])
        return repr(random.choice([0.0, 1e300, -2.5e-300, random.uniform(-1e9, 1e9)]))

    return Column(name, sql_type, literal, "{} + 0e0", float)


def enum_column(name, members, character_set):
    listed = ",".join(quoted(member) for member in members)
    return Column(name, f"ENUM({listed}) CHARACTER SET {character_set}",
                  lambda random: quoted(random.choice(members)),
                  "LOWER(HEX(CONVERT({} USING utf8mb4)))", lambda value: value.encode().hex())


def set_column(name, members, character_set):
    listed = ",".join(quoted(member) for member in members)
    return Column(name, f"SET({listed}) CHARACTER SET {character_set}",
                  lambda random: quoted(",".join(m for m in members if random.random() < 0.4)),
                  "LOWER(HEX(CONVERT({} USING utf8mb4)))", lambda value: value.encode().hex())


def geometry(random):
    def point():
        return f"{random.randint(-90, 90)} {random.randint(-90, 90)}"
    kind = random.choice(["POINT({0})", "LINESTRING({0},{1})", "MULTIPOINT({0},{1})"])
    return f"ST_GeomFromText('{kind.format(point(), point())}', {random.choice([0, 4326])})"


def common_columns():
    for name, sql_type, bits in (("tiny", "TINYINT", 8), ("small", "SMALLINT", 16),
                                 ("medium", "MEDIUMINT", 24), ("plain", "INT", 32),
                                 ("big", "BIGINT", 64)):
        yield from integers(name, sql_type, bits)
    for precision, scale in ((10, 2), (1, 0), (9, 9), (30, 10), (65, 30), (38, 0)):
        yield decimals(precision, scale)
    yield decimals(20, 5, unsigned=True)
    yield real("float_", "FLOAT")
    yield real("double_", "DOUBLE")
    for bits in (1, 8, 17, 64):
        yield Column(f"bit_{bits}", f"BIT({bits})", lambda r, n=bits: str(r.randrange(2 ** n)),
                     "CAST({} + 0 AS UNSIGNED)")
    yield Column("year_", "YEAR", lambda r: str(r.choice([1901, 2155, r.randint(1901, 2155)])),
                 "{} + 0")
    yield Column("date_", "DATE", lambda r: r.choice(["'0000-00-00'", quoted(day(r))]))
    for digits in range(7):
        yield from times(digits)
    for character_set in ("latin1", "utf8mb3", "utf8mb4", "ascii", "ucs2", "utf16", "utf16le",
                          "utf32", "cp1251", "latin2", "koi8r", "sjis", "gbk", "big5", "ujis",
                          "euckr", "gb2312"):
        letters = {"latin1": LATIN, "utf8mb3": WIDE, "ucs2": WIDE, "ascii": LATIN[:95],
                   "cp1251": LATIN[:95] + "Жщя", "koi8r": LATIN[:95] + "Жщя",
                   "latin2": LATIN[:95] + "łžš", "sjis": JAPANESE[1:60] + "日本語テスト",
                   "ujis": JAPANESE, "gbk": CHINESE, "gb2312": CHINESE,
                   "big5": LATIN[:95] + "中文", "euckr": LATIN[:95] + "한국어"}.get(
                       character_set, PLANES)
        yield text(f"varchar_{character_set}", f"VARCHAR(20) CHARACTER SET {character_set}",
                   letters, 20)
        yield text(f"char_{character_set}", f"CHAR(9) CHARACTER SET {character_set}", letters, 9)
    yield text("char_long", "CHAR(255) CHARACTER SET utf8mb4", PLANES, 255)
    yield text("varchar_long", "VARCHAR(300) CHARACTER SET latin1", LATIN, 300)
    for size in ("TINY", "", "MEDIUM", "LONG"):
        yield text(f"{size.lower()}text_", f"{size}TEXT CHARACTER SET utf8mb4", PLANES, 60)
        yield binary(f"{size.lower()}blob_", f"{size}BLOB", 255)
    yield binary("binary_", "BINARY(12)", 12)
    yield binary("binary_long", "BINARY(255)", 255)
    yield binary("varbinary_", "VARBINARY(40)", 40)
    yield binary("varbinary_long", "VARBINARY(400)", 400)
    yield enum_column("enum_", ["a", "b c", "it's", "größer"], "latin1")
    yield enum_column("enum_long", [f"m{i}" for i in range(300)], "utf8mb4")
    yield set_column("set_", ["red", "grün", "blue"], "utf8mb4")
    yield set_column("set_long", [f"m{i}" for i in range(64)], "latin1")
    yield Column("geometry_", "GEOMETRY", geometry, "LOWER(HEX({}))")
    yield Column("stored", "INT GENERATED ALWAYS AS (`plain` DIV 2) STORED", None, given=False)
    yield Column("made", "INT GENERATED ALWAYS AS (`plain` DIV 3) VIRTUAL", None, given=False)
    yield Column("hidden", "INT UNSIGNED INVISIBLE", lambda r: str(r.randrange(2 ** 32)))


def mariadb_columns():
    yield from common_columns()
    yield Column("json_", "JSON", lambda r: quoted('{"a": [%d, null]}' % r.randrange(99)),
                 "LOWER(HEX(CONVERT({} USING utf8mb4)))", lambda value: value.encode().hex())
    yield Column("inet4_", "INET4",
                 lambda r: quoted(".".join(str(r.choice([0, r.randrange(256)])) for _ in range(4))))
    yield Column("inet6_", "INET6",
                 lambda r: quoted(r.choice(["::", "::1", "::1:2", "::ffff:10.0.0.0", "2001:db8::",
                                            "1:0:1:1:1:1:1:0", "1:0:0:1:0:0:0:1",
                                            f"fe80::{r.randrange(1, 65536):x}:0:1"])))
    yield Column("uuid_", "UUID", uuid_literal)
    yield text("compressed_text", "TEXT COMPRESSED CHARACTER SET utf8mb4", PLANES * 5, 400)
    yield text("compressed_varchar", "VARCHAR(300) COMPRESSED CHARACTER SET latin1", LATIN, 300)
    yield binary("compressed_blob", "BLOB COMPRESSED", 300)
    yield Column("compressed_runs", "BLOB COMPRESSED",
                 lambda r: f"REPEAT('abc', {r.randint(0, 500)})", "LOWER(HEX({}))")


def uuid_literal(random):
    digits = f"{random.getrandbits(128):032x}"
    version, variant = random.choice("1234567"), random.choice("89ab")
    return quoted(digits[:12] + version + digits[13:16] + variant + digits[17:])


def json_scalar(random):
    return random.choice([
        "NULL", "CAST('true' AS JSON)", "CAST('null' AS JSON)", "-1", str(random.getrandbits(63)),
        "18446744073709551615", "40000", "-70000", "1.5e0", "1e100", "0e0", "-2.25e-7", "1e15",
        "1e16", "123456789.125e0", "1e17", "1e20", "1e-15",
        "1.7976931348623157e308", "9e-16", "12345.678e0",
        quoted("q\"\\ \t\n\x01 é 😀 " + "x" * random.choice([0, 120, 130, 20000])),
        f"CAST({random.uniform(-1e4, 1e4):.5f} AS DECIMAL(20,5))", "CAST(0.50 AS DECIMAL(3,2))",
        "CAST('2026-11-26 10:11:12.123456' AS DATETIME(6))", "CAST('2026-11-26' AS DATE)",
        "CAST('-101:02:03.5' AS TIME(6))", "CAST('00:00:00' AS TIME)", "x'0102ff'", "b'101'",
        "CAST('2026-01-02 03:04:05' AS DATETIME)", "ST_GeomFromText('POINT(1 2)')",
    ])


def json_document(random, depth=0):
    roll = random.random()
    if depth > 3 or roll < 0.3:
        return json_scalar(random)
    count = random.choice([0, 1, 3, 8])
    if roll < 0.6:
        return f"JSON_ARRAY({','.join(json_document(random, depth + 1) for _ in range(count))})"
    names = random.sample(["a", "b", "key", "longer name", "k\"q", "", "äö", "x.y"], count)
    return "JSON_OBJECT(" + ",".join(
        f"{quoted(name)},{json_document(random, depth + 1)}" for name in names) + ")"


def mysql_columns():
    yield from common_columns()
    yield Column("json_", "JSON", lambda r: f"JSON_EXTRACT(JSON_ARRAY({json_document(r)}), '$[0]')",
                 "LOWER(HEX(CONVERT(CAST({} AS CHAR) USING utf8mb4)))",
                 lambda value: value.encode().hex())
    yield Column("json_partial", "JSON",
                 lambda r: "JSON_OBJECT('a', 1, 'list', JSON_ARRAY(1, 'two', 3), 'pad', "
                           f"REPEAT('x', {r.randint(100, 400)}), 'in', JSON_OBJECT('k', 'v'))",
                 "LOWER(HEX(CONVERT(CAST({} AS CHAR) USING utf8mb4)))",
                 lambda value: value.encode().hex(), nullable=False)
    yield Column("vector_", "VECTOR(3)",
                 lambda r: f"STRING_TO_VECTOR('[{r.randint(-9, 9)},0.5,{r.random():.3f}]')",
                 "LOWER(HEX({}))")
    yield text("varchar_gb18030", "VARCHAR(20) CHARACTER SET gb18030", CHINESE, 20)
