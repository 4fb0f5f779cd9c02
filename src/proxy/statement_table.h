#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "backend/command.h"
#include "base/bytes.h"
#include "base/result.h"

namespace understudy::proxy {

// The statements that one client has prepared, by the ids that it knows them by. One thread.
class StatementTable {
 public:
  static constexpr std::size_t kStatementsMax = 16382;  // as the servers' max_prepared_stmt_count
  static constexpr std::size_t kLongDataMax = 64 * 1024 * 1024;

  // Remembers a statement before it is sent to a server; nullptr if the client has too many.
  backend::PreparedStatement* add(std::string_view text, const sql::Modes& modes);
  // Gives a statement that was just added another text.
  static void replace_text(backend::PreparedStatement& statement, std::string_view text,
                           const sql::Modes& modes);
  // The statement with this id, or null.
  [[nodiscard]] backend::PreparedStatement* find(std::uint32_t id);
  void remove(std::uint32_t id) { statements_.erase(id); }
  void clear() { statements_.clear(); }
  [[nodiscard]] std::size_t size() const { return statements_.size(); }

 private:
  std::unordered_map<std::uint32_t, std::unique_ptr<backend::PreparedStatement>> statements_;
  std::uint32_t last_id_ = 0;
};

// Makes a client's COM_STMT_EXECUTE fit for any server: the parameter types are always in it (a
// client sends them only the first time), and no cursor is asked for of a statement without a
// result. Returns the framed packet: `framed` itself if nothing had to
// change, else built in `buffer`. Error: Malformed. Source: MariaDB protocol, COM_STMT_EXECUTE.
Result<ByteView> normalize_execute(ByteView framed, backend::PreparedStatement& statement,
                                   Bytes& buffer);

}  // namespace understudy::proxy
