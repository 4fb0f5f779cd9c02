import java.lang.reflect.InvocationTargetException;
import java.math.BigDecimal;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The tests of the users of MariaDB Connector/J: java Client SECTION, see ../README.md. */
class Client {
  interface Action {
    Object run() throws Exception;
  }

  public static void main(String[] arguments) throws Throwable {
    Class<?>[] parts = {Connecting.class, Data.class, Statements.class, Writing.class, Catalog.class};
    for (Class<?> part : parts) {
      for (var method : part.getDeclaredMethods()) {
        if (!method.getName().equals(arguments[0]) || method.getParameterCount() != 0) continue;
        try {
          method.invoke(null);
        } catch (InvocationTargetException error) {
          throw error.getCause();
        }
      }
    }
  }

  static final String SCHEMA = System.getenv("DB_NAME");

  static String url(String schema, String options) {
    return "jdbc:mariadb://" + System.getenv("DB_HOST") + ":" + System.getenv("DB_PORT") + "/" + schema
        + "?" + options;
  }

  /** A connection with options of the driver, "useServerPrepStmts=true&...". */
  static Connection open(String options) throws SQLException {
    return DriverManager.getConnection(url(SCHEMA, options), System.getenv("DB_USER"),
        System.getenv("DB_PASSWORD"));
  }

  static void report(String test, Object result) {
    System.out.println("{\"test\": " + json(test) + ", \"result\": " + json(result) + "}");
  }

  /** What must hold whoever answers. */
  static void check(String test, boolean right) {
    System.out.println("{\"test\": " + json(test) + (right ? ", \"result\": \"ok\"}"
        : ", \"failed\": \"is not so\"}"));
  }

  static String json(Object it) {
    if (it == null) return "null";
    if (it instanceof Map<?, ?> map) {
      var parts = new ArrayList<String>();
      map.forEach((key, value) -> parts.add(json(key) + ": " + json(value)));
      return "{" + String.join(", ", parts) + "}";
    }
    if (it instanceof Iterable<?> list) {
      var parts = new ArrayList<String>();
      list.forEach(part -> parts.add(json(part)));
      return "[" + String.join(", ", parts) + "]";
    }
    if (it instanceof int[] counts) {
      var parts = new ArrayList<Integer>();
      for (int count : counts) parts.add(count);
      return json(parts);
    }
    if (it instanceof byte[] bytes) return json(digest("bytes", bytes));
    String text = it instanceof String || it instanceof Number && !(it instanceof BigDecimal)
        ? it.toString() : it.getClass().getSimpleName() + " " + it;
    if (text.length() > 300) text = digest("text", text.getBytes());
    var quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') quoted.append('\\').append(c);
      else if (c < ' ') quoted.append(String.format("\\u%04x", (int) c));
      else quoted.append(c);
    }
    return quoted.append('"').toString();
  }

  static String digest(String what, byte[] bytes) {
    if (bytes.length <= 100) return what + " " + HexFormat.of().formatHex(bytes);
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(bytes);
      return bytes.length + " " + what + ", " + HexFormat.of().formatHex(sum);
    } catch (java.security.NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }

  /** The error that an action must end with. The driver puts ids of connections and ports into messages. */
  static Object error(Action action) {
    try {
      return List.of("no error", String.valueOf(action.run()));
    } catch (SQLException error) {
      return List.of(error.getClass().getSimpleName(), error.getErrorCode(),
          String.valueOf(error.getSQLState()),
          error.getMessage().replaceAll("\\(conn=\\d*\\) |port=\\d+|:\\d{5}", ""));
    } catch (Exception error) {
      return List.of(error.getClass().getSimpleName(), String.valueOf(error.getMessage()));
    }
  }

  static List<Object> rows(ResultSet result) throws SQLException {
    ResultSetMetaData columns = result.getMetaData();
    var all = new ArrayList<>();
    while (result.next()) {
      var row = new ArrayList<>();
      for (int i = 1; i <= columns.getColumnCount(); ++i) row.add(result.getObject(i));
      all.add(row);
    }
    return all;
  }

  static List<Object> rows(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return rows(statement.executeQuery(query));
    }
  }

  static void execute(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String text : statements) statement.execute(text);
    }
  }

  /** All results of a statement that has been executed. */
  static List<Object> results(Statement statement, boolean isResult) throws SQLException {
    var all = new ArrayList<>();
    for (boolean more = isResult; more || statement.getUpdateCount() >= 0;
         more = statement.getMoreResults()) {
      all.add(more ? rows(statement.getResultSet()) : statement.getUpdateCount());
    }
    return all;
  }
}
