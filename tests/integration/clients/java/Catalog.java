import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;

/** What DatabaseMetaData says of the schema. */
class Catalog extends Client {
  static void catalog() throws SQLException {
    try (Connection connection = open("")) {
      DatabaseMetaData about = connection.getMetaData();
      report("product", about.getDatabaseProductName() + " " + about.getDatabaseProductVersion());
      report("isolation", about.getDefaultTransactionIsolation());
      report("keywords", about.getSQLKeywords());
      report("schemas", error(() -> rows(about.getCatalogs()).toString().contains(SCHEMA)));
      report("tables", rows(about.getTables(SCHEMA, null, "c%", null)));
      report("views", rows(about.getTables(SCHEMA, null, "%", new String[] {"VIEW"})));
      report("columns", rows(about.getColumns(SCHEMA, null, "every_type", null)));
      report("columns of a view", rows(about.getColumns(SCHEMA, null, "cheap", "%")));
      report("primary key", rows(about.getPrimaryKeys(SCHEMA, null, "children")));
      report("imported keys", rows(about.getImportedKeys(SCHEMA, null, "children")));
      report("exported keys", rows(about.getExportedKeys(SCHEMA, null, "parents")));
      report("cross reference",
          rows(about.getCrossReference(SCHEMA, null, "parents", SCHEMA, null, "children")));
      report("best row", rows(about.getBestRowIdentifier(SCHEMA, null, "children", 0, true)));
      report("indices", error(() -> rows(about.getIndexInfo(SCHEMA, null, "every_type", false, false))
          .size()));
      report("procedures", rows(about.getProcedures(SCHEMA, null, "%")));
      report("parameters", rows(about.getProcedureColumns(SCHEMA, null, "sums", "%")));
      report("functions", rows(about.getFunctions(SCHEMA, null, "%")));
      report("parameters of functions", rows(about.getFunctionColumns(SCHEMA, null, "%", "%")));
      report("types", rows(about.getTypeInfo()));
      report("rights", rows(about.getTablePrivileges(SCHEMA, null, "parents")));
    }
  }
}
