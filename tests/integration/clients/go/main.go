// The tests of go-sql-driver's users: client SECTION, see ../README.md.
package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/go-sql-driver/mysql"
)

var sections = map[string]func(){
	"connect": connect, "types": types, "metadata": metadata, "prepared": prepared,
	"several": several, "procedures": procedures, "writes": writes,
	"transactions": transactions, "streams": streams, "large": large, "infile": infile,
	"cancel": cancel, "pool": pool, "session": session, "errors": refusals,
}

// schema is what options() connects to.
var schema = os.Getenv("DB_NAME")

func main() { sections[os.Args[1]]() }

// options are those of the server that is tested, to be changed before open().
func options() *mysql.Config {
	config := mysql.NewConfig()
	config.Net = "tcp"
	config.Addr = os.Getenv("DB_HOST") + ":" + os.Getenv("DB_PORT")
	config.User = os.Getenv("DB_USER")
	config.Passwd = os.Getenv("DB_PASSWORD")
	config.DBName = schema
	config.Params = map[string]string{}
	return config
}

// open gives a pool of connections.
func open(config *mysql.Config) *sql.DB {
	db, err := sql.Open("mysql", config.FormatDSN())
	must(err)
	return db
}

func report(test string, result interface{}) {
	line, err := json.Marshal(map[string]interface{}{"test": test, "result": result})
	must(err)
	fmt.Println(string(line))
}

// check reports what must hold whoever answers.
func check(test string, right bool) {
	if right {
		report(test, "ok")
		return
	}
	line, _ := json.Marshal(map[string]string{"test": test, "failed": "is not so"})
	fmt.Println(string(line))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// told is the error as a client sees it.
func told(err error) interface{} {
	var server *mysql.MySQLError
	if errors.As(err, &server) {
		return []interface{}{server.Number, server.Message}
	}
	if err == nil {
		return nil
	}
	return err.Error()
}

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(string, ...interface{}) (*sql.Rows, error)
}

// rows are all rows of a query; values are as the driver gives them, bytes as text.
func rows(db querier, query string, arguments ...interface{}) [][]interface{} {
	result, err := db.Query(query, arguments...)
	must(err)
	defer result.Close()
	all := scan(result)
	must(result.Err())
	return all
}

func scan(result *sql.Rows) [][]interface{} {
	columns, err := result.Columns()
	must(err)
	all := [][]interface{}{}
	for result.Next() {
		row := make([]interface{}, len(columns))
		into := make([]interface{}, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		must(result.Scan(into...))
		for i := range row {
			row[i] = shown(row[i])
		}
		all = append(all, row)
	}
	return all
}

func value(db querier, query string, arguments ...interface{}) interface{} {
	return rows(db, query, arguments...)[0][0]
}

// executor is a pool, a connection or a transaction.
type executor interface {
	Exec(string, ...interface{}) (sql.Result, error)
}

func execute(db executor, statements ...string) {
	for _, statement := range statements {
		_, err := db.Exec(statement)
		must(err)
	}
}

// failure is the error that a statement must give.
func failure(db executor, statement string, arguments ...interface{}) interface{} {
	_, err := db.Exec(statement, arguments...)
	return told(err)
}
