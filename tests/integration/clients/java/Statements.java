import java.io.ByteArrayInputStream;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class Statements extends Client {
  static void prepared() throws SQLException {
    for (String options : List.of("useServerPrepStmts=false", "useServerPrepStmts=true",
        "useServerPrepStmts=true&cachePrepStmts=true&prepStmtCacheSize=20")) {
      try (Connection connection = open(options)) {
        try (PreparedStatement statement = connection.prepareStatement("SELECT ?, ? + 1")) {
          for (Object it : new Object[] {1, "2", 3.5, null, new byte[] {52}}) {
            statement.setObject(1, it);
            statement.setObject(2, it);
            report(options + ", executed with " + json(it), rows(statement.executeQuery()));
          }
        }
        long sum = 0;
        var many = new ArrayList<PreparedStatement>();
        for (int n = 0; n < 200; ++n) many.add(connection.prepareStatement("SELECT " + n % 90 + " + ?"));
        for (PreparedStatement statement : many) {
          statement.setInt(1, 1);
          var result = statement.executeQuery();
          result.next();
          sum += result.getLong(1);
          statement.close();
        }
        report(options + ", many", sum);
        report(options + ", of a missing table", error(() -> {
          PreparedStatement statement = connection.prepareStatement("SELECT * FROM missing");
          return rows(statement.executeQuery());
        }));
        shape(options, connection);
      }
    }
  }

  private static void shape(String options, Connection connection) throws SQLException {
    execute(connection, "DROP TABLE IF EXISTS shape", "CREATE TABLE shape (a INT)",
        "INSERT INTO shape VALUES (1)");
    try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM shape")) {
      report(options + ", before ALTER", rows(statement.executeQuery()));
      execute(connection, "ALTER TABLE shape ADD b VARCHAR(10) DEFAULT 'new' FIRST");
      report(options + ", after ALTER", rows(statement.executeQuery()));
    }
  }

  static void batches() throws SQLException {
    for (String options : List.of("useBulkStmts=true", "useBulkStmts=false",
        "useBulkStmts=false&useServerPrepStmts=true", "rewriteBatchedStatements=true",
        "useBatchMultiSend=false", "useBatchMultiSend=true&useBatchMultiSendNumber=10")) {
      try (Connection connection = open(options)) {
        execute(connection, "DROP TABLE IF EXISTS items", "CREATE TABLE items (id INT AUTO_INCREMENT"
            + " PRIMARY KEY, name VARCHAR(20) UNIQUE, n INT, b BLOB)");
        try (PreparedStatement statement = connection.prepareStatement(
            "INSERT INTO items (name, n, b) VALUES (?, ?, ?)", Statement.RETURN_GENERATED_KEYS)) {
          for (int n = 0; n < 500; ++n) add(statement, "item " + n, n % 7 == 0 ? null : n);
          report(options + ", INSERT", statement.executeBatch());
          report(options + ", keys", rows(statement.getGeneratedKeys()));
          add(statement, "new", 1);
          add(statement, "item 7", 2);
          add(statement, "newer", 3);
          report(options + ", one of them fails", error(statement::executeBatch));
        }
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM items WHERE name = ?")) {
          for (String name : List.of("item 1", "none", "item 2")) {
            statement.setString(1, name);
            statement.addBatch();
          }
          report(options + ", DELETE", statement.executeBatch());
        }
        try (Statement statement = connection.createStatement()) {
          statement.addBatch("UPDATE items SET n = 5 WHERE id < 10");
          statement.addBatch("INSERT INTO items (name) VALUES ('text')");
          report(options + ", of texts", statement.executeBatch());
        }
        report(options + ", what is there", rows(connection,
            "SELECT COUNT(*), SUM(n), SUM(LENGTH(b)) FROM items"));
      }
    }
  }

  private static void add(PreparedStatement statement, String name, Integer n) throws SQLException {
    statement.setString(1, name);
    statement.setObject(2, n);
    statement.setBytes(3, new byte[] {1, 2, 3});
    statement.addBatch();
  }

  static void several() throws SQLException {
    try (Connection connection = open("allowMultiQueries=true");
         Statement statement = connection.createStatement()) {
      report("several statements", results(statement, statement.execute(
          "SELECT 1; SELECT n FROM numbers WHERE n < 3 ORDER BY n; SET @x = 5; SELECT @x;"
          + "DROP TABLE IF EXISTS one_of_several; CREATE TABLE one_of_several (id INT);"
          + "INSERT INTO one_of_several VALUES (1), (2); SELECT * FROM one_of_several")));
      report("the second fails", error(() -> results(statement,
          statement.execute("SELECT 1; SELECT * FROM missing; SELECT 3"))));
      report("usable afterwards", rows(connection, "SELECT 9"));
    }
    try (Connection connection = open("")) {
      report("without leave", error(() -> rows(connection, "SELECT 1; SELECT 2")));
    }
  }

  static void procedures() throws SQLException {
    try (Connection connection = open("")) {
      try (CallableStatement call = connection.prepareCall("{call twice()}")) {
        report("twice", results(call, call.execute()));
      }
      try (CallableStatement call = connection.prepareCall("{call sums(?, ?, ?)}")) {
        for (int turn = 0; turn < 3; ++turn) {
          call.setInt(1, 5 + turn);
          call.registerOutParameter(2, Types.INTEGER);
          call.registerOutParameter(3, Types.DECIMAL);
          call.setBigDecimal(3, new java.math.BigDecimal("1.50"));
          call.execute();
          report("OUT and INOUT, " + turn, Arrays.asList(call.getInt(2), call.getBigDecimal(3)));
        }
      }
      try (CallableStatement call = connection.prepareCall("{call sums_and_rows(?, ?)}")) {
        call.setInt(1, 3);
        call.registerOutParameter(2, Types.INTEGER);
        report("rows and OUT", results(call, call.execute()));
        report("OUT after rows", call.getInt(2));
      }
      try (CallableStatement call = connection.prepareCall("{? = call tripled(?)}")) {
        call.registerOutParameter(1, Types.INTEGER);
        call.setInt(2, 14);
        call.execute();
        report("a function", call.getInt(1));
      }
      try (CallableStatement call = connection.prepareCall("{call fails_after_rows()}")) {
        report("an error after rows", error(() -> results(call, call.execute())));
      }
      report("usable afterwards", rows(connection, "SELECT 9"));
    }
  }

  static void infile() throws SQLException {
    var lines = new StringBuilder();
    for (int n = 0; n < 30000; ++n) lines.append(n).append("\tname ").append(n).append('\n');
    try (Connection connection = open("allowLocalInfile=true");
         var statement = (org.mariadb.jdbc.MariaDbStatement) connection.createStatement()) {
      execute(connection, "DROP TABLE IF EXISTS loaded",
          "CREATE TABLE loaded (id INT PRIMARY KEY, name VARCHAR(30))");
      statement.setLocalInfileInputStream(new ByteArrayInputStream(lines.toString().getBytes()));
      report("rows loaded", statement.executeUpdate("LOAD DATA LOCAL INFILE 'lines' INTO TABLE loaded"));
      report("what is there", rows(connection, "SELECT COUNT(*), MAX(id) FROM loaded"));
      report("no such file", error(() -> statement.executeUpdate(
          "LOAD DATA LOCAL INFILE '/no/such/file' INTO TABLE loaded")));
    }
  }
}
