#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sql/shape.h"
#include "sql/statement.h"

namespace understudy::sql {

// classify() for one who sees the same statements again and again: of queries and changes of rows
// that differ in their values only it remembers what they are, for as many as there are places.
// One thread at a time.
class Classifier {
 public:
  // `places` are for one statement each, of at most about 2 KiB; a power of two.
  explicit Classifier(std::size_t places = 256);

  // As the function classify(), in place of `what`. Allocates only when it begins to remember a
  // statement, which is when it sees one for the second time.
  void classify(std::string_view text, const Modes& modes, Classification& what);

 private:
  struct Known {
    std::string shape;
    Classification what;            // but for the tables
    std::vector<TableName> tables;  // views into `shape`
    std::size_t asked_last = 0;     // the hash of what was not found here
  };

  void recall(const Known& known, std::string_view text, Classification& what) const;
  void remember(Known& known, std::string_view text, const Classification& what);
  bool remember_table(Known& known, std::string_view text, const TableName& table);

  Shape shape_;
  std::vector<Known> known_;
};

}  // namespace understudy::sql
