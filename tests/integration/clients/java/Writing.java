import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

class Writing extends Client {
  /** What others have committed must be seen, too, which is not promised without the hint. */
  static final String TOTAL = "/* understudy: strong */ SELECT SUM(n) FROM money";

  static void writes() throws SQLException {
    for (String options : List.of("useAffectedRows=false", "useAffectedRows=true",
        "useServerPrepStmts=true")) {
      try (Connection connection = open(options); Statement statement = connection.createStatement()) {
        execute(connection, "DROP TABLE IF EXISTS counted", "CREATE TABLE counted"
            + " (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(5), n INT)");
        report(options + ", INSERT", statement.executeUpdate(
            "INSERT INTO counted (v, n) VALUES ('a', 1), ('b', 2)", Statement.RETURN_GENERATED_KEYS));
        report(options + ", keys", rows(statement.getGeneratedKeys()));
        try (PreparedStatement prepared = connection.prepareStatement(
            "INSERT INTO counted (v, n) VALUES (?, 3)", Statement.RETURN_GENERATED_KEYS)) {
          prepared.setString(1, "c");
          report(options + ", prepared", prepared.executeUpdate());
          report(options + ", prepared, keys", rows(prepared.getGeneratedKeys()));
        }
        report(options + ", UPDATE", statement.executeUpdate("UPDATE counted SET n = 2"));
        report(options + ", again", statement.executeUpdate("UPDATE counted SET n = 2"));
        report(options + ", REPLACE", statement.executeUpdate("REPLACE INTO counted VALUES (1, 'z', 9)"));
        execute(connection, "SET SESSION sql_mode = ''");
        statement.executeUpdate("INSERT INTO counted (v, n) VALUES ('too long', 'x')");
        report(options + ", warnings", warnings(statement.getWarnings()));
        statement.executeQuery("SELECT CAST('1x' AS SIGNED)");
        report(options + ", warnings of a read", warnings(statement.getWarnings()));
        report(options + ", read after write", rows(connection, "SELECT * FROM counted"));
        updatable(options, connection);
      }
    }
  }

  private static List<Object> warnings(SQLWarning first) {
    var all = new ArrayList<>();
    for (SQLWarning it = first; it != null; it = it.getNextWarning()) {
      all.add(Arrays.asList(it.getErrorCode(), it.getSQLState(), it.getMessage()));
    }
    return all;
  }

  /** Rows that are changed in the result; the driver asks which column is the key. */
  private static void updatable(String options, Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE,
        ResultSet.CONCUR_UPDATABLE)) {
      ResultSet result = statement.executeQuery("SELECT id, v, n FROM counted ORDER BY id");
      result.next();
      result.updateInt("n", 77);
      result.updateRow();
      result.moveToInsertRow();
      result.updateString("v", "new");
      result.insertRow();
      report(options + ", changed in the result", rows(connection, "SELECT * FROM counted ORDER BY id"));
    }
  }

  static void transactions() throws SQLException {
    try (Connection one = open(""); Connection two = open("")) {
      execute(two, "DROP TABLE IF EXISTS money", "CREATE TABLE money (id INT PRIMARY KEY, n INT)",
          "INSERT INTO money VALUES (1, 100), (2, 100)");
      one.setAutoCommit(false);
      for (int level : new int[] {Connection.TRANSACTION_READ_UNCOMMITTED,
          Connection.TRANSACTION_READ_COMMITTED, Connection.TRANSACTION_REPEATABLE_READ}) {
        one.setTransactionIsolation(level);
        rows(one, "SELECT * FROM money");
        execute(two, "UPDATE money SET n = n + 1");
        report("isolation " + level, rows(one, TOTAL) + " " + one.getTransactionIsolation());
        one.rollback();
      }
      execute(one, "UPDATE money SET n = 0 WHERE id = 1");
      Savepoint savepoint = one.setSavepoint("a");
      execute(one, "UPDATE money SET n = 5");
      one.rollback(savepoint);
      report("not seen before COMMIT", rows(one, TOTAL) + " " + rows(two, TOTAL));
      one.commit();
      report("committed", rows(one, TOTAL) + " " + rows(two, TOTAL));
      one.rollback();
      one.setReadOnly(true);
      report("read only", error(() -> {
        execute(one, "UPDATE money SET n = 3");
        return rows(one, TOTAL);
      }));
      one.rollback();
      one.setReadOnly(false);
      report("written again", error(() -> {
        execute(one, "UPDATE money SET n = 3");
        return rows(one, TOTAL);
      }));
      one.rollback();
      one.setAutoCommit(true);
      report("autocommit", rows(one, "SELECT @@autocommit") + " " + one.getAutoCommit());
      deadlock(one, two);
    }
  }

  private static void deadlock(Connection one, Connection two) throws SQLException {
    one.setAutoCommit(false);
    two.setAutoCommit(false);
    execute(one, "UPDATE money SET n = 1 WHERE id = 1");
    execute(two, "UPDATE money SET n = 2 WHERE id = 2");
    var other = CompletableFuture.supplyAsync(() -> error(() -> {
      execute(one, "UPDATE money SET n = 1 WHERE id = 2");
      return null;
    }));
    Object outcome = error(() -> {
      execute(two, "UPDATE money SET n = 2 WHERE id = 1");
      return null;
    });
    var outcomes = new ArrayList<>(List.of(outcome.toString(), other.join().toString()));
    outcomes.sort(null);
    report("deadlock", outcomes);
    one.rollback();
    two.rollback();
    execute(two, "SET SESSION innodb_lock_wait_timeout = 1");
    rows(one, "SELECT * FROM money WHERE id = 1 FOR UPDATE");
    report("lock wait", error(() -> {
      execute(two, "UPDATE money SET n = 7 WHERE id = 1");
      return null;
    }));
    one.rollback();
  }

  static void cancel() throws Exception {
    try (Connection connection = open(""); Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);
      report("setQueryTimeout", error(() -> rows(statement.executeQuery("SELECT SLEEP(30)"))));
      report("usable afterwards", rows(connection, "SELECT 5"));
      statement.setQueryTimeout(0);
      var ended = CompletableFuture.supplyAsync(
          () -> error(() -> rows(statement.executeQuery("SELECT SLEEP(30), 'slept'"))));
      while (!ended.isDone()) { // it may come before the statement does
        statement.cancel();
        try {
          ended.get(100, java.util.concurrent.TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.TimeoutException again) {
          continue;
        }
      }
      // A SLEEP that is interrupted gives 1 or an error, as it happens.
      check("cancel", ended.get().toString().matches(".*(no error, \\[\\[1|1317).*"));
      report("usable after cancel", rows(connection, "SELECT 6"));
      connection.setNetworkTimeout(Runnable::run, 300);
      report("setNetworkTimeout", error(() -> rows(connection, "SELECT SLEEP(30)")));
      check("closed", connection.isClosed() && !connection.isValid(1));
    }
  }

  static void errors() throws SQLException {
    for (String options : List.of("useServerPrepStmts=false", "useServerPrepStmts=true")) {
      try (Connection connection = open(options)) {
        execute(connection, "DROP TABLE IF EXISTS strict",
            "CREATE TABLE strict (id INT PRIMARY KEY, v VARCHAR(3) NOT NULL)",
            "INSERT INTO strict VALUES (1, 'a')");
        for (String text : List.of("INSERT INTO strict VALUES (1, 'b')",
            "INSERT INTO strict VALUES (2, 'long')", "INSERT INTO strict VALUES (99999999999, 'x')",
            "INSERT INTO strict VALUES (2, NULL)", "SELEC 1", "SELECT * FROM missing",
            "SELECT missing FROM strict", "CALL missing()",
            "INSERT INTO children (parent) VALUES (77)",
            "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Grüße'")) {
          report(options + ", " + text, error(() -> {
            try (PreparedStatement statement = connection.prepareStatement(text)) {
              return statement.execute();
            }
          }));
        }
        report(options + ", usable afterwards", rows(connection, "SELECT * FROM strict"));
      }
    }
  }
}
