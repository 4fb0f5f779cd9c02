package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
)

const where = "SELECT DATABASE(), SUBSTRING_INDEX(USER(), '@', 1), @@character_set_client, @@collation_connection"

func connect() {
	authority, err := os.ReadFile(os.Getenv("DB_CA"))
	must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	must(mysql.RegisterTLSConfig("ours", &tls.Config{RootCAs: roots, ServerName: "localhost"}))
	for _, way := range []struct {
		test   string
		change func(*mysql.Config)
	}{
		{"without a schema", func(c *mysql.Config) { c.DBName = "" }},
		{"with a schema", func(c *mysql.Config) {}},
		{"latin1", func(c *mysql.Config) { c.Params["charset"] = "latin1" }},
		{"a collation", func(c *mysql.Config) { c.Collation = "utf8mb4_unicode_ci" }},
		{"by the Unix socket", func(c *mysql.Config) { c.Net, c.Addr = "unix", os.Getenv("DB_SOCKET") }},
		{"with TLS", func(c *mysql.Config) { c.TLSConfig = "ours" }},
		{"another user", func(c *mysql.Config) { c.User, c.Passwd = "other", "secret" }},
		{"wrong password", func(c *mysql.Config) { c.Passwd = "wrong" }},
		{"no password", func(c *mysql.Config) { c.Passwd = "" }},
		{"unknown schema", func(c *mysql.Config) { c.DBName = "nowhere" }},
		{"variables", func(c *mysql.Config) {
			c.Params["sql_mode"], c.Params["wait_timeout"] = "'ANSI'", "77"
		}},
		{"a bad variable", func(c *mysql.Config) { c.Params["nonsense"] = "1" }},
	} {
		config := options()
		way.change(config)
		db := open(config)
		if err := db.Ping(); err != nil {
			report(way.test, told(err))
		} else {
			report(way.test, rows(db, where+", @@sql_mode, @@wait_timeout"))
		}
		db.Close()
	}
}

// one connection of the pool, for what belongs to a session.
type connection struct{ *sql.Conn }

func (c connection) Query(query string, arguments ...interface{}) (*sql.Rows, error) {
	return c.QueryContext(context.Background(), query, arguments...)
}

func (c connection) Exec(query string, arguments ...interface{}) (sql.Result, error) {
	return c.ExecContext(context.Background(), query, arguments...)
}

func single(db *sql.DB) connection {
	it, err := db.Conn(context.Background())
	must(err)
	return connection{it}
}

func session() {
	db := open(options())
	defer db.Close()
	one, two := single(db), single(db)
	defer one.Close()
	defer two.Close()
	execute(one, "SET @mine = 'x', SESSION sql_mode = 'ANSI_QUOTES', time_zone = '-03:00'")
	for turn := 0; turn < 5; turn++ {
		report(fmt.Sprintf("variables, %d", turn), rows(one, "SELECT @mine, @@sql_mode, @@time_zone,"+
			" FROM_UNIXTIME(0), \"id\" FROM parents WHERE id > ?", 0))
		report(fmt.Sprintf("another's, %d", turn), rows(two, "SELECT @mine, @@time_zone"))
	}
	execute(one, "CREATE TEMPORARY TABLE own AS SELECT 5 AS five", "USE mysql")
	report("temporary table", rows(one, "SELECT * FROM "+schema+".own WHERE five = ?", 5))
	report("schema by USE", value(one, "SELECT DATABASE()"))
	report("user lock", value(one, "SELECT GET_LOCK(?, 1)", "go"))
	report("user lock of another", value(two, "SELECT GET_LOCK(?, 0)", "go"))
}

// pool reads its own writes from many goroutines over few connections.
func pool() {
	db := open(options())
	defer db.Close()
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(2)
	db.SetConnMaxLifetime(50 * time.Millisecond)
	execute(db, "DROP TABLE IF EXISTS visits", "CREATE TABLE visits (id INT PRIMARY KEY, n INT)")
	var all sync.WaitGroup
	for id := 0; id < 16; id++ {
		all.Add(1)
		go func(id int) {
			defer all.Done()
			own := single(db)
			_, err := own.Exec("INSERT INTO visits VALUES (?, 0)", id)
			must(err)
			for turn := 1; turn <= 20; turn++ {
				_, err = own.Exec("UPDATE visits SET n = n + 1 WHERE id = ?", id)
				must(err)
				if seen := value(own, "SELECT n FROM visits WHERE id = ?", id); seen != shown(int64(turn)) {
					panic(fmt.Sprint("a stale read: ", seen))
				}
			}
			must(own.Close())
		}(id)
	}
	all.Wait()
	execute(db, "DO 1")
	own := single(db)
	defer own.Close()
	_, err := own.Exec("UPDATE visits SET n = n + ?", 0)
	must(err)
	report("all of them", rows(own, "SELECT COUNT(*), SUM(n) FROM visits"))
}
