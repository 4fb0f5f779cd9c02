package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

func prepared() {
	db := open(options())
	defer db.Close()
	one := single(db)
	defer one.Close()
	statement, err := one.PrepareContext(context.Background(), "SELECT ?, CHARSET(?), ? + 1")
	must(err)
	for _, it := range []interface{}{1, "2", 3.5, []byte("4"), nil, int64(1) << 62} {
		report(fmt.Sprintf("parameter %v", shown(it)), rows(prepare{statement}, "", it, it, it))
	}
	must(statement.Close())
	many := make([]*sql.Stmt, 300)
	for i := range many {
		many[i], err = one.PrepareContext(context.Background(), fmt.Sprintf("SELECT %d + ?", i))
		must(err)
	}
	sum := 0
	for i := range many {
		var got int
		must(many[len(many)-1-i].QueryRow(1).Scan(&got))
		sum += got
		must(many[len(many)-1-i].Close())
	}
	report("many", sum)
	_, err = one.PrepareContext(context.Background(), "SELECT * FROM missing WHERE id = ?")
	report("of a missing table", told(err))
	execute(one, "DROP TABLE IF EXISTS shape", "CREATE TABLE shape (a INT)", "INSERT INTO shape VALUES (1)")
	statement, err = one.PrepareContext(context.Background(), "SELECT * FROM shape WHERE a > ?")
	must(err)
	report("before ALTER", rows(prepare{statement}, "", 0))
	execute(one, "ALTER TABLE shape ADD b VARCHAR(10) DEFAULT 'new' FIRST")
	report("after ALTER", rows(prepare{statement}, "", 0))
	must(statement.Close())
	interpolated()
}

// prepare lets a statement be asked as a connection is.
type prepare struct{ *sql.Stmt }

func (p prepare) Query(_ string, arguments ...interface{}) (*sql.Rows, error) {
	return p.Stmt.Query(arguments...)
}

func interpolated() {
	config := options()
	config.InterpolateParams = true
	db := open(config)
	defer db.Close()
	report("interpolated", rows(db, "SELECT ?, ?, ?", "it's", 5, nil))
}

func several() {
	config := options()
	config.MultiStatements = true
	db := open(config)
	defer db.Close()
	result, err := db.Query("SELECT 1; SELECT n FROM numbers WHERE n < 3 ORDER BY n; SELECT 'x', 'y'")
	must(err)
	report("several statements", every(result))
	// Errors after the first result: version 1.5 of the driver waits for ever for more of a Query.
	_, err = db.Exec("SET @x = 1; DO 1; SELECT * FROM missing")
	report("the last of three", told(err))
	report("usable afterwards", value(db, "SELECT 9"))
	single := open(options())
	defer single.Close()
	report("without leave", failure(single, "SELECT 1; SELECT 2"))
}

func every(result *sql.Rows) [][][]interface{} {
	defer result.Close()
	all := [][][]interface{}{scan(result)}
	for result.NextResultSet() {
		all = append(all, scan(result))
	}
	return all
}

func procedures() {
	db := open(options())
	defer db.Close()
	own := single(db)
	defer own.Close()
	for _, call := range []string{"CALL twice()", "CALL sums_and_rows(3, @total)"} {
		result, err := own.Query(call)
		must(err)
		report(call, every(result))
	}
	report("OUT", value(own, "SELECT @total"))
	_, err := own.Exec("CALL sums(?, @total, @running)", 5)
	must(err)
	report("OUT and INOUT", rows(own, "SELECT @total, @running"))
	result, err := own.Query("CALL sums_and_rows(?, @total)", 4)
	must(err)
	report("prepared", every(result))
	report("an error after rows", failure(own, "CALL fails_after_rows()"))
	report("a function", value(own, "SELECT tripled(?)", 14))
}

func infile() {
	config := options()
	db := open(config)
	defer db.Close()
	execute(db, "DROP TABLE IF EXISTS loaded", "CREATE TABLE loaded (id INT PRIMARY KEY, name VARCHAR(30))")
	mysql.RegisterReaderHandler("lines", func() io.Reader {
		var text strings.Builder
		for n := 0; n < 50000; n++ {
			fmt.Fprintf(&text, "%d\tname %d\n", n, n)
		}
		return strings.NewReader(text.String())
	})
	result, err := db.Exec("LOAD DATA LOCAL INFILE 'Reader::lines' INTO TABLE loaded")
	must(err)
	count, _ := result.RowsAffected()
	report("rows loaded", count)
	report("not allowed by the client", failure(db, "LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE loaded"))
	report("usable afterwards", rows(db, "SELECT COUNT(*), MAX(name) FROM loaded"))
}

func cancel() {
	db := open(options())
	defer db.Close()
	for turn := 0; turn < 3; turn++ {
		ctx, end := context.WithTimeout(context.Background(), 100*time.Millisecond)
		began := time.Now()
		_, err := db.ExecContext(ctx, "SELECT SLEEP(30)")
		report(fmt.Sprintf("deadline, %d", turn), told(err))
		check(fmt.Sprintf("soon, %d", turn), time.Since(began) < 5*time.Second)
		end()
		report(fmt.Sprintf("usable, %d", turn), value(db, "SELECT 5"))
	}
	own, killer := single(db), single(db)
	defer own.Close()
	defer killer.Close()
	var id int64
	must(own.QueryRowContext(context.Background(), "SELECT CONNECTION_ID()").Scan(&id))
	ended := make(chan interface{})
	go func() { ended <- failure(own, "DO SLEEP(30)") }()
	for waiting := true; waiting; {
		_, err := killer.Exec(fmt.Sprintf("KILL QUERY %d", id)) // may come before the statement does
		must(err)
		select {
		case it := <-ended:
			// A SLEEP that is interrupted gives 1 or an error, as it happens.
			check("KILL QUERY", it == nil || strings.Contains(fmt.Sprint(it), "1317"))
			waiting = false
		case <-time.After(100 * time.Millisecond):
		}
	}
	report("usable after KILL QUERY", value(own, "SELECT 6"))
}
