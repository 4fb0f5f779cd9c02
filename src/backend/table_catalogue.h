#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace understudy::backend {

// What the cache has to know of a table. Immutable once shared.
struct TableFacts {
  // Why no answer that reads it is kept; empty if there is no reason. Also of a name that is no
  // table.
  std::string obstacle;
  struct KeyColumn {
    std::string name;
    std::size_t index = 0;  // in the table, from 0
    bool is_unsigned = false;
  };
  // The primary key in its order if all of it are whole numbers, else nothing.
  std::vector<KeyColumn> key;
  std::size_t column_count = 0;
};
using TableFactsPtr = std::shared_ptr<const TableFacts>;

// The tables that somebody wants in the cache, as they are defined now. Any thread; asked only when
// an answer was not in the cache.
class TableCatalogue final {
 public:
  static constexpr std::size_t kTablesMax = 65536;
  using Name = std::pair<std::string, std::string>;  // schema, table

  // Null if it is not known yet: then it is asked for, once, and known some time later.
  [[nodiscard]] TableFactsPtr find(std::string_view schema, std::string_view table);
  // The same without asking for it.
  [[nodiscard]] TableFactsPtr peek(std::string_view schema, std::string_view table) const;

  // For the one that knows: some of what was asked for and not taken; called on any thread when
  // there is something.
  [[nodiscard]] std::vector<Name> take_wanted(std::size_t most);
  void on_wanted(std::function<void()> wanted) { wanted_callback_ = std::move(wanted); }
  void put(const Name& name, TableFactsPtr facts);
  // Definitions have changed; what is still wanted has to be asked for again.
  void forget();
  // What was taken will not be answered: it may be asked for again.
  void forget_unanswered();

 private:
  // By views as well, so that looking makes no string.
  struct ByName {
    using is_transparent = void;
    using View = std::pair<std::string_view, std::string_view>;
    bool operator()(const auto& left, const auto& right) const {
      return View(left.first, left.second) < View(right.first, right.second);
    }
  };

  mutable std::mutex mutex_;
  std::map<Name, TableFactsPtr, ByName> tables_;   // guarded by mutex_; null: asked for
  std::vector<Name> wanted_;                       // guarded by mutex_
  std::function<void()> wanted_callback_ = [] {};  // constant once others look
};

}  // namespace understudy::backend
