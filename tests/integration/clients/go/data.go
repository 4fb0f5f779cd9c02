package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// shown is a value with its type; long ones as a digest.
func shown(value interface{}) interface{} {
	switch it := value.(type) {
	case []byte:
		if len(it) > 300 {
			return fmt.Sprintf("%d bytes, %x", len(it), sha256.Sum256(it))
		}
		return fmt.Sprintf("bytes %q", it)
	case time.Time:
		return it.Format(time.RFC3339Nano)
	default:
		return fmt.Sprintf("%T %v", it, it)
	}
}

func types() {
	for _, parse := range []bool{false, true} {
		config := options()
		config.ParseTime = parse
		config.Params["time_zone"] = "'+00:00'"
		db := open(config)
		text := rows(db, "SELECT * FROM every_type ORDER BY id")
		binary := rows(db, "SELECT * FROM every_type WHERE id > ? ORDER BY id", 0)
		for i := range text {
			report(fmt.Sprintf("row %d as text, times parsed: %t", i+1, parse), text[i])
			report(fmt.Sprintf("row %d in binary, times parsed: %t", i+1, parse), binary[i])
		}
		report(fmt.Sprintf("zero dates as text, times parsed: %t", parse),
			rows(db, "SELECT id, d, dt, dt6, y FROM zero_dates WHERE id = 1"))
		report(fmt.Sprintf("zero dates in binary, times parsed: %t", parse),
			rows(db, "SELECT id, d, t, dt, dt6, y FROM zero_dates WHERE id = ?", 1))
		db.Close()
	}
	parameters()
}

// parameters are sent in binary and come back as what they were stored as.
func parameters() {
	config := options()
	config.ParseTime = true
	db := open(config)
	defer db.Close()
	moment := time.Date(2024, 2, 29, 12, 34, 56, 123456000, time.UTC)
	for _, it := range []interface{}{
		nil, true, int64(-1), uint64(1<<64 - 1), 1.5, "Grüße 🎭", []byte{0, 255}, moment,
		time.Time{}, strings.Repeat("x", 100000)} {
		report(fmt.Sprintf("parameter %.40v", shown(it)), rows(db, "SELECT ?, HEX(?) IS NULL", it, it))
	}
	execute(db, "DROP TABLE IF EXISTS stored",
		"CREATE TABLE stored (d DATETIME(6), t TIME(6), n DECIMAL(10,3), b BLOB)")
	_, err := db.Exec("INSERT INTO stored VALUES (?, ?, ?, ?)", moment, "-01:02:03.5", "1.2345",
		[]byte("\x00\xff"))
	must(err)
	report("stored", rows(db, "SELECT * FROM stored WHERE n > ?", 0))
}

func metadata() {
	db := open(options())
	defer db.Close()
	for _, query := range []string{
		"SELECT * FROM every_type WHERE id > ?", "SELECT * FROM children WHERE id > ?",
		"SELECT * FROM cheap WHERE id > ?", "SELECT n AS renamed, COUNT(*), 'x' FROM numbers WHERE n < ?"} {
		result, err := db.Query(query, 1)
		must(err)
		columns, err := result.ColumnTypes()
		must(err)
		for _, column := range columns {
			length, hasLength := column.Length()
			precision, scale, isDecimal := column.DecimalSize()
			nullable, known := column.Nullable()
			report(query+": "+column.Name(), []interface{}{
				column.DatabaseTypeName(), column.ScanType().String(), length, hasLength,
				precision, scale, isDecimal, nullable, known})
		}
		must(result.Close())
	}
}

func streams() {
	db := open(options())
	defer db.Close()
	result, err := db.Query("SELECT n, text FROM numbers ORDER BY n")
	must(err)
	count, total := 0, 0
	for result.Next() {
		var n int
		var text string
		must(result.Scan(&n, &text))
		count++
		total += n + len(text)
	}
	must(result.Err())
	report("a whole stream", []int{count, total})
	abandon(db)
	report("usable after half a stream", value(db, "SELECT 1"))
	ctx, cancel := context.WithCancel(context.Background())
	result, err = db.QueryContext(ctx, "SELECT a.n, a.text FROM numbers a JOIN numbers b ON b.n < 50")
	must(err)
	check("a first row", result.Next())
	cancel()
	for result.Next() {
	}
	report("a cancelled stream", told(result.Err()))
	result.Close()
	report("usable after a cancelled stream", value(db, "SELECT 2"))
}

func abandon(db *sql.DB) {
	result, err := db.Query("SELECT n, text FROM numbers WHERE n > ? ORDER BY n", 5)
	must(err)
	check("a row", result.Next())
	must(result.Close())
}

func large() {
	config := options()
	config.MaxAllowedPacket = 64 << 20
	db := open(config)
	defer db.Close()
	size := 17 << 20
	var text []byte
	must(db.QueryRow(fmt.Sprintf("SELECT REPEAT('abcdefgh', %d)", size/8)).Scan(&text))
	check("over 16 MiB from the server", bytes.Equal(text, bytes.Repeat([]byte("abcdefgh"), size/8)))
	execute(db, "DROP TABLE IF EXISTS heavy", "CREATE TABLE heavy (id INT PRIMARY KEY, b LONGBLOB)")
	data := bytes.Repeat([]byte{0, 1, 254, 255}, size/4)
	_, err := db.Exec("INSERT INTO heavy VALUES (?, ?)", 1, data)
	must(err)
	report("over 16 MiB to the server", rows(db, "SELECT LENGTH(b), MD5(b) FROM heavy"))
	var back []byte
	must(db.QueryRow("SELECT b FROM heavy WHERE id = ?", 1).Scan(&back))
	check("and back", bytes.Equal(back, data))
	for _, around := range []int{1<<24 - 2, 1<<24 - 1, 1 << 24} {
		must(db.QueryRow("SELECT REPEAT(?, ?)", "x", around-5).Scan(&back))
		check(fmt.Sprintf("a row of about %d bytes", around), len(back) == around-5)
	}
}
