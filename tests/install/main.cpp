#include <exception>
#include <iostream>

#include <understudy/cluster.h>

// usage: installed CONFIG. Writes, reads and runs a transaction; the schema `installed` exists.
int main(int count, char** arguments) {
  if (count != 2) return 2;
  try {
    auto cluster = understudy::Cluster::from_file(arguments[1], "app", "app", "installed");
    cluster.write("CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)");
    const auto written = cluster.write("INSERT INTO t VALUES (?, ?)", 1, 40);
    const auto sum = cluster.transaction([](understudy::Transaction& transaction) {
      transaction.execute("UPDATE t SET v = v + ? WHERE id = ?", 2, 1);
      return transaction.execute("SELECT v FROM t WHERE id = ?", 1)[0].get<int>("v");
    });
    const auto read = cluster.read("SELECT v FROM t");
    std::cout << "write: " << written.server() << "\ntransaction: " << sum
              << "\nread: " << read[0].get<int>("v") << " " << read.server() << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
