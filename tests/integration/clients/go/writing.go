package main

import (
	"context"
	"database/sql"
	"fmt"
	"sort"
)

func counts(result sql.Result, err error) interface{} {
	if err != nil {
		return told(err)
	}
	rows, err := result.RowsAffected()
	must(err)
	id, err := result.LastInsertId()
	must(err)
	return []int64{rows, id}
}

func writes() {
	config := options()
	db := open(config)
	defer db.Close()
	config.ClientFoundRows = true
	found := open(config)
	defer found.Close()
	own := single(db)
	defer own.Close()
	execute(own, "DROP TABLE IF EXISTS counted",
		"CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(5), n INT)")
	report("INSERT", counts(own.Exec("INSERT INTO counted (v, n) VALUES ('a', 1), ('b', 2), ('c', 3)")))
	report("INSERT, prepared", counts(own.Exec("INSERT INTO counted (v, n) VALUES (?, ?)", "d", 4)))
	report("LAST_INSERT_ID", value(own, "SELECT LAST_INSERT_ID()"))
	report("changed rows", counts(own.Exec("UPDATE counted SET n = ?", 2)))
	report("matched rows", counts(found.Exec("UPDATE counted SET n = ?", 2)))
	report("REPLACE", counts(own.Exec("REPLACE INTO counted VALUES (?, 'z', 9)", 1)))
	report("upsert", counts(own.Exec("INSERT INTO counted VALUES (1, 'z', 9) ON DUPLICATE KEY UPDATE n = ?", 10)))
	report("DELETE", counts(own.Exec("DELETE FROM counted WHERE id > ?", 1)))
	execute(own, "SET SESSION sql_mode = ''")
	_, err := own.Exec("INSERT INTO counted (v, n) VALUES (?, ?)", "too long", "x")
	must(err)
	report("warnings", rows(own, "SHOW WARNINGS"))
	report("read after write", rows(own, "SELECT * FROM counted"))
}

func transactions() {
	db := open(options())
	defer db.Close()
	execute(db, "DROP TABLE IF EXISTS money", "CREATE TABLE money (id INT PRIMARY KEY, n INT)",
		"INSERT INTO money VALUES (1, 100), (2, 100)")
	for _, level := range []sql.IsolationLevel{sql.LevelDefault, sql.LevelReadUncommitted,
		sql.LevelReadCommitted, sql.LevelRepeatableRead, sql.LevelSerializable} {
		for _, readOnly := range []bool{false, true} {
			transaction(db, level, readOnly)
		}
	}
	transaction, err := db.Begin()
	must(err)
	execute(transaction, "UPDATE money SET n = 5 WHERE id = 1", "SAVEPOINT a", "UPDATE money SET n = 6",
		"ROLLBACK TO SAVEPOINT a")
	report("savepoint", rows(transaction, "SELECT * FROM money WHERE id > ?", 0))
	must(transaction.Commit())
	deadlock(db)
	lockWait(db)
}

func transaction(db *sql.DB, level sql.IsolationLevel, readOnly bool) {
	name := fmt.Sprintf("%v, read only: %t", level, readOnly)
	transaction, err := db.BeginTx(context.Background(), &sql.TxOptions{Isolation: level, ReadOnly: readOnly})
	must(err)
	before := value(transaction, "SELECT SUM(n) FROM money")
	if level != sql.LevelSerializable {
		execute(db, "UPDATE money SET n = n + 1")
	}
	report(name, []interface{}{before, value(transaction, "SELECT SUM(n) FROM money"),
		failure(transaction, "UPDATE money SET n = ? WHERE id = 1", 0),
		value(transaction, "SELECT SUM(n) FROM money")})
	must(transaction.Rollback())
}

func deadlock(db *sql.DB) {
	one, err := db.Begin()
	must(err)
	two, err := db.Begin()
	must(err)
	execute(one, "UPDATE money SET n = 1 WHERE id = 1")
	execute(two, "UPDATE money SET n = 2 WHERE id = 2")
	other := make(chan interface{})
	go func() { other <- failure(one, "UPDATE money SET n = 1 WHERE id = 2") }()
	outcomes := []string{fmt.Sprint(failure(two, "UPDATE money SET n = 2 WHERE id = 1")), fmt.Sprint(<-other)}
	sort.Strings(outcomes)
	report("deadlock", outcomes)
	must(one.Rollback())
	must(two.Rollback())
}

func lockWait(db *sql.DB) {
	one, err := db.Begin()
	must(err)
	own := single(db)
	defer own.Close()
	execute(one, "SELECT * FROM money WHERE id = 1 FOR UPDATE")
	execute(own, "SET SESSION innodb_lock_wait_timeout = 1")
	report("lock wait", failure(own, "UPDATE money SET n = ? WHERE id = 1", 7))
	must(one.Commit())
}

func refusals() {
	db := open(options())
	defer db.Close()
	execute(db, "DROP TABLE IF EXISTS strict",
		"CREATE TABLE strict (id INT PRIMARY KEY, v VARCHAR(3) NOT NULL)",
		"INSERT INTO strict VALUES (1, 'a')")
	for name, statement := range [][2]string{
		{"INSERT INTO strict VALUES (?, 'b')", "duplicate key"},
		{"INSERT INTO strict VALUES (? + 1, 'long')", "too long"},
		{"INSERT INTO strict VALUES (? * 99999999999, 'x')", "out of range"},
		{"INSERT INTO strict VALUES (? + 1, NULL)", "not null"},
		{"SELEC ?", "syntax"}, {"SELECT * FROM missing WHERE id = ?", "no such table"},
		{"SELECT missing FROM strict WHERE id = ?", "no such column"},
		{"CALL missing(?)", "no such procedure"},
		{"INSERT INTO children (parent) VALUES (? * 77)", "foreign key"}} {
		report(fmt.Sprintf("%d, %s", name, statement[1]), failure(db, statement[0], 1))
	}
	report("too few parameters", failure(db, "SELECT ?, ?", 1))
	report("usable afterwards", rows(db, "SELECT * FROM strict WHERE id = ?", 1))
}
