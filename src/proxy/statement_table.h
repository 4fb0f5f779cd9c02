#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "backend/command.h"
#include "base/bytes.h"
#include "base/result.h"
#include "proxy/statement_texts.h"

namespace understudy::proxy {

// A statement of one client.
struct ClientStatement : backend::PreparedStatement {
  std::shared_ptr<const StatementText> text;
};

// The statements that one client has prepared, by the ids that it knows them by. One thread.
class StatementTable {
 public:
  static constexpr std::size_t kStatementsMax = 16382;  // as the servers' max_prepared_stmt_count
  static constexpr std::size_t kLongDataMax = 64 * 1024 * 1024;

  explicit StatementTable(StatementTexts& texts) : texts_(texts) {}

  // Remembers a statement before it is sent to a server; nullptr if the client has too many.
  ClientStatement* add(std::string_view text, const sql::Modes& modes);
  // Gives a statement that was just added another text.
  void replace_text(ClientStatement& statement, std::string_view text, const sql::Modes& modes);
  // The statement with this id, or null. Both live until it is removed.
  [[nodiscard]] ClientStatement* find(std::uint32_t id);
  void remove(std::uint32_t id) { statements_.erase(id); }
  void clear() { statements_.clear(); }
  [[nodiscard]] std::size_t size() const { return statements_.size(); }

 private:
  StatementTexts& texts_;
  std::unordered_map<std::uint32_t, ClientStatement> statements_;
  std::uint32_t last_id_ = 0;
};

// Makes a client's COM_STMT_EXECUTE fit for any server: the parameter types are always in it (a
// client sends them only the first time), and no cursor is asked for of a statement without a
// result. Returns the framed packet: `framed` itself if nothing had to
// change, else built in `buffer`. Error: Malformed. Source: MariaDB protocol, COM_STMT_EXECUTE.
Result<ByteView> normalize_execute(ByteView framed, backend::PreparedStatement& statement,
                                   Bytes& buffer);

}  // namespace understudy::proxy
