#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/statement.h"

namespace understudy::sql {

class Cursor;

// What a session has on its connection that has a name and an end: temporary tables, user locks,
// handlers, statements prepared by text. Names are compared as they are written, so that it may
// believe something to be there that has gone, but not the other way round; what it cannot follow
// (a name that is computed, a lock taken once for each row) stays for the rest of the session.
// One owner, one thread; no I/O.
class HeldObjects {
 public:
  // Folds in a statement that was executed and succeeded; `schema` is the session's. Several
  // statements at once only add.
  void apply(const Classification& classification, std::string_view text, const Modes& modes,
             std::string_view schema);

  // TemporaryTable, UserLock, OpensHandler and PreparedText, as far as there are any.
  [[nodiscard]] Effects kinds() const;

 private:
  static constexpr std::size_t kNamesMax = 64;
  struct Names {
    std::vector<std::string> names;  // a name may be there several times
    bool unknown = false;
    void add(std::string_view name);
    void add_once(std::string_view name);
    void remove(std::string_view name);
    [[nodiscard]] bool any() const { return unknown || !names.empty(); }
  };

  void note_beginnings(const Classification& classification, Cursor cursor, bool whole,
                       std::string_view schema);
  void note_ends(Cursor cursor, std::string_view schema);
  void create_table(Cursor cursor, std::string_view schema);
  void drop_tables(Cursor cursor, std::string_view schema);
  void take_locks(Cursor cursor);
  void release_locks(Cursor cursor);
  void open_handler(Cursor cursor);
  void close_handler(Cursor cursor);
  void prepare(Cursor cursor);

  Names tables_;
  Names locks_;
  Names handlers_;
  Names prepared_;
};

}  // namespace understudy::sql
