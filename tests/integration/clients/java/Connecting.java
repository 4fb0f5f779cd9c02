import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.mariadb.jdbc.MariaDbPoolDataSource;

class Connecting extends Client {
  static final String WHERE = "SELECT DATABASE(), SUBSTRING_INDEX(USER(), '@', 1),"
      + " @@character_set_client, @@collation_connection, @a, @@time_zone, @@sql_mode";

  static void connect() throws SQLException {
    String[][] ways = {
        {"with a schema", SCHEMA, ""}, {"without a schema", "", ""},
        {"a schema that is made", "made_by_java", "createDatabaseIfNotExist=true"},
        {"by the Unix socket", SCHEMA, "localSocket=" + System.getenv("DB_SOCKET")},
        {"with TLS", SCHEMA, "useSsl=true&serverSslCert=" + System.getenv("DB_CA")},
        {"with TLS and nobody to trust", SCHEMA, "useSsl=true"},
        {"first variables", SCHEMA, "sessionVariables=sql_mode='ANSI',@a=5,time_zone='-05:00'"},
        {"attributes", SCHEMA, "connectionAttributes=program:tests,of:java"},
        {"another schema unknown", "nowhere", ""},
        {"another user", SCHEMA, "user=other&password=secret"},
        {"wrong password", SCHEMA, "user=app&password=wrong"},
        {"interactive", SCHEMA, "interactiveClient=true"},
        {"pipelined login", SCHEMA, "usePipelineAuth=true"},
        {"no session state", SCHEMA, "trackSchema=false"},
        {"autocommit off", SCHEMA, "autocommit=false"}};
    for (String[] way : ways) {
      report(way[0], error(() -> {
        String account = way[2].contains("user=") ? "" : "&user=app&password=app";
        try (Connection connection = DriverManager.getConnection(url(way[1], way[2] + account))) {
          return rows(connection, WHERE) + " " + connection.getAutoCommit() + connection.isValid(5)
              + connection.getCatalog();
        }
      }));
    }
    try (Connection connection = open("")) {
      connection.setCatalog("mysql");
      report("setCatalog", rows(connection, "SELECT DATABASE()") + connection.getCatalog());
      execute(connection, "USE " + SCHEMA);
      report("USE", connection.getCatalog());
      report("an unknown schema later", error(() -> {
        connection.setCatalog("nowhere");
        return null;
      }));
      connection.setClientInfo("ApplicationName", "tests");
      report("client info", connection.getClientInfo("ApplicationName"));
    }
  }

  static void session() throws SQLException {
    try (Connection one = open("useServerPrepStmts=true"); Connection two = open("")) {
      execute(one, "SET @mine = 'x', SESSION sql_mode = 'ANSI_QUOTES', time_zone = '-03:00'");
      for (int turn = 0; turn < 5; ++turn) {
        try (var statement = one.prepareStatement(
            "SELECT @mine, @@sql_mode, @@time_zone, FROM_UNIXTIME(0), \"id\" FROM parents")) {
          report("variables, " + turn, rows(statement.executeQuery()));
        }
        report("another's, " + turn, rows(two, "SELECT @mine, @@time_zone"));
      }
      execute(one, "CREATE TEMPORARY TABLE own AS SELECT 5 AS five");
      report("temporary table", rows(one, "SELECT * FROM own"));
      report("temporary table of another", error(() -> rows(two, "SELECT * FROM own")));
      report("user lock", rows(one, "SELECT GET_LOCK('java', 1)"));
      report("user lock of another", rows(two, "SELECT GET_LOCK('java', 0)"));
    }
  }

  /** The driver's pool resets a connection before it is used again. */
  static void pool() throws Exception {
    String options = "user=app&password=app&maxPoolSize=4&useResetConnection=true";
    try (var pool = new MariaDbPoolDataSource(url(SCHEMA, options))) {
      try (Connection connection = pool.getConnection()) {
        execute(connection, "DROP TABLE IF EXISTS visits",
            "CREATE TABLE visits (id INT PRIMARY KEY, n INT)", "INSERT INTO visits VALUES (1, 0)");
      }
      var threads = Executors.newFixedThreadPool(8);
      var visits = new ArrayList<Future<?>>();
      for (int turn = 0; turn < 80; ++turn) visits.add(threads.submit(() -> visit(pool)));
      var left = new java.util.TreeSet<String>();
      for (Future<?> visit : visits) left.add(String.valueOf(visit.get()));
      threads.shutdown();
      report("nothing is left behind", left);
      try (Connection connection = pool.getConnection()) {
        report("what was committed", rows(connection,
            "/* understudy: strong */ SELECT n FROM visits"));
      }
    }
  }

  private static Object visit(MariaDbPoolDataSource pool) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      Object before = rows(connection, "SELECT @left, @@time_zone, @@tx_isolation, @@autocommit");
      execute(connection, "UPDATE visits SET n = n + 1", "SET @left = 1, time_zone = '+07:00'");
      Object first = rows(connection, "SELECT n >= 1 FROM visits");
      connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      connection.setAutoCommit(false);
      execute(connection, "UPDATE visits SET n = n + 1000");
      connection.rollback();
      execute(connection, "CREATE TEMPORARY TABLE own (id INT)");
      return before + " " + first;
    }
  }
}
