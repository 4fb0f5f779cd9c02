import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class Data extends Client {
  static void types() throws SQLException {
    for (String options : List.of("useServerPrepStmts=false", "useServerPrepStmts=true",
        "useServerPrepStmts=true&tinyInt1isBit=false&yearIsDateType=false")) {
      try (Connection connection = open(options + "&serverTimezone=UTC")) {
        execute(connection, "SET time_zone = '+00:00'");
        for (String table : List.of("every_type", "zero_dates")) {
          try (PreparedStatement statement = connection.prepareStatement(
              "SELECT * FROM " + table + " WHERE id > ? ORDER BY id")) {
            statement.setInt(1, 0);
            values(options + ", " + table, statement.executeQuery());
          }
        }
        parameters(options, connection);
      }
    }
  }

  private static void values(String test, ResultSet result) throws SQLException {
    ResultSetMetaData columns = result.getMetaData();
    while (result.next()) {
      for (int i = 1; i <= columns.getColumnCount(); ++i) {
        int column = i;
        report(test + ", row " + result.getInt(1) + ", " + columns.getColumnLabel(i),
            Arrays.asList(error(() -> json(result.getObject(column))),
                error(() -> json(result.getString(column))), error(() -> json(result.getBytes(column)))));
      }
    }
  }

  private static void parameters(String options, Connection connection) throws SQLException {
    Object[] values = {null, true, 5, -1L, 1.5, new BigDecimal("12345678901234567890.0123456789"),
        "Grüße 🎭", new byte[] {0, -1}, Timestamp.valueOf("2024-02-29 12:34:56.123456"),
        LocalDateTime.of(2024, 2, 29, 1, 2, 3, 4000), new BigInteger("18446744073709551615"),
        "x".repeat(70000)};
    for (int place = 0; place < values.length; ++place) {
      try (PreparedStatement statement = connection.prepareStatement("SELECT ?, LENGTH(?)")) {
        statement.setObject(1, values[place]);
        statement.setObject(2, values[place]);
        report(options + ", parameter " + place, rows(statement.executeQuery()));
      }
    }
    try (PreparedStatement statement = connection.prepareStatement("SELECT MD5(?), CHAR_LENGTH(?)")) {
      byte[] bytes = new byte[3_000_000];
      Arrays.fill(bytes, (byte) 7);
      statement.setBinaryStream(1, new ByteArrayInputStream(bytes));
      statement.setCharacterStream(2, new StringReader("ü".repeat(500_000)));
      report(options + ", streams", rows(statement.executeQuery()));
    }
  }

  static void metadata() throws SQLException {
    try (Connection connection = open("useServerPrepStmts=true")) {
      for (String table : List.of("every_type", "children", "cheap")) {
        String query = "SELECT *, 1 + 1 AS two FROM " + table + " AS it WHERE id > 0";
        try (Statement text = connection.createStatement();
             PreparedStatement prepared = connection.prepareStatement(query)) {
          columns(table + ", text", text.executeQuery(query).getMetaData());
          columns(table + ", prepared", prepared.getMetaData());
          columns(table + ", executed", prepared.executeQuery().getMetaData());
        }
      }
      try (PreparedStatement prepared = connection.prepareStatement("SELECT ?, ? + 1")) {
        report("parameters", prepared.getParameterMetaData().getParameterCount());
      }
    }
  }

  private static void columns(String test, ResultSetMetaData columns) throws SQLException {
    for (int i = 1; i <= columns.getColumnCount(); ++i) {
      report(test + ", " + columns.getColumnLabel(i), Arrays.asList(columns.getCatalogName(i),
          columns.getTableName(i), columns.getColumnName(i), columns.getColumnType(i),
          columns.getColumnTypeName(i), columns.getColumnClassName(i), columns.getColumnDisplaySize(i),
          columns.getPrecision(i), columns.getScale(i), columns.isNullable(i), columns.isSigned(i),
          columns.isAutoIncrement(i), columns.isCaseSensitive(i)));
    }
  }

  static void streams() throws SQLException {
    for (String options : List.of("useServerPrepStmts=false", "useServerPrepStmts=true")) {
      try (Connection connection = open(options);
           PreparedStatement statement = connection.prepareStatement(
               "SELECT n, text FROM numbers WHERE n >= ? ORDER BY n")) {
        statement.setFetchSize(100);
        statement.setInt(1, 0);
        long count = 0;
        long total = 0;
        try (ResultSet result = statement.executeQuery()) {
          for (; result.next(); ++count) total += result.getInt(1) + result.getString(2).length();
        }
        report(options + ", a whole stream", List.of(count, total));
        ResultSet half = statement.executeQuery();
        check(options + ", a first row", half.next());
        // Whoever runs another statement meanwhile has the rest of the rows read first.
        report(options + ", another statement", rows(connection, "SELECT 2"));
        report(options + ", the next row", half.next() ? half.getInt(1) : "none");
        half.close();
        statement.setMaxRows(3);
        report(options + ", not more than three", rows(statement.executeQuery()));
      }
    }
    Connection abandoned = open("");
    Statement statement = abandoned.createStatement();
    statement.setFetchSize(1);
    check("the first of many rows", statement.executeQuery(
        "SELECT a.n, a.text FROM numbers a JOIN numbers b ON b.n < 50").next());
    abandoned.abort(Runnable::run);
    try (Connection connection = open("")) {
      report("others go on", rows(connection, "SELECT 3"));
    }
  }

  static void large() throws SQLException {
    for (String options : List.of("useServerPrepStmts=false", "useServerPrepStmts=true")) {
      try (Connection connection = open(options)) {
        execute(connection, "DROP TABLE IF EXISTS heavy",
            "CREATE TABLE heavy (id INT PRIMARY KEY, b LONGBLOB)");
        byte[] data = new byte[17 << 20];
        for (int i = 0; i < data.length; ++i) data[i] = (byte) (i % 251);
        try (PreparedStatement statement =
                 connection.prepareStatement("INSERT INTO heavy VALUES (1, ?)")) {
          statement.setBytes(1, data);
          report(options + ", over 16 MiB to the server", statement.executeUpdate());
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT b, MD5(b) FROM heavy")) {
          ResultSet result = statement.executeQuery();
          result.next();
          check(options + ", and back", Arrays.equals(result.getBytes(1), data));
          report(options + ", its sum", result.getString(2));
        }
      }
    }
  }
}
