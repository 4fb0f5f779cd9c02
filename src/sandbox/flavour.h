#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sandbox/state.h"

namespace understudy::sandbox {

// What a server says of its replication.
struct SeenServer {
  bool answers = false;
  bool writable = false;
  std::uint16_t source_port = 0;  // of the server it replicates from; 0: from nobody
  std::string position = {};      // GTIDs of what its binary log has; empty: nothing
  bool replicates = false;        // both threads run
  std::string complaint = {};     // why it cannot hear its source
};

// What differs between MariaDB's servers and MySQL's, in one place: programs, settings and SQL.
// Immutable; lives as long as the program.
class Flavour {
 public:
  virtual ~Flavour() = default;

  // The server's program: `named` if that is not empty. Error: Unreachable, with what to do.
  [[nodiscard]] virtual Result<std::filesystem::path> find_server(
      const std::filesystem::path& named) const = 0;

  // my.cnf of one server: read-only, as every server behind a failover manager should start; who
  // makes it the primary opens it.
  [[nodiscard]] virtual std::string settings(const ServerPaths& server, const State& state,
                                             std::uint32_t index, bool as_root) const = 0;
  // Creates the accounts, in a fresh data directory before its first start.
  [[nodiscard]] virtual std::string accounts(const State& state) const = 0;
  // Makes a data directory and runs the file `accounts` in it. Error: Unreachable.
  [[nodiscard]] virtual Result<void> install(const std::filesystem::path& datadir,
                                             const std::filesystem::path& accounts,
                                             const State& state) const = 0;

  // The arguments that make a server start as the primary all the same; and those with which a
  // killed primary forgets what it logged but did not commit, where that is possible.
  [[nodiscard]] virtual std::vector<std::string> primary_arguments(const State& state) const = 0;
  [[nodiscard]] virtual std::vector<std::string> replica_arguments() const = 0;
  // Opens a running server for writes.
  [[nodiscard]] virtual std::string open(const State& state) const = 0;
  // Makes a server a replica of `primary`, from where `position` (a list of GTIDs) is; empty: from
  // where it is itself.
  [[nodiscard]] virtual std::string replicate(const ServerPaths& primary, const State& state,
                                              std::string_view position) const = 0;
  // Asks for what read_look() takes from the answer, as printed with one line for each column.
  [[nodiscard]] virtual std::string look() const = 0;
  [[nodiscard]] virtual SeenServer read_look(const std::string& answer) const = 0;

  // Fills `server`'s data directory, which is empty, with a copy of those of `source`, which runs.
  // Returns the GTIDs of the last transactions in it, empty where the copy has them itself. Error:
  // Unreachable or Server.
  [[nodiscard]] virtual Result<std::string> copy_data(const ServerPaths& source,
                                                      const ServerPaths& server,
                                                      const State& state) const = 0;
  // How a copy has to be started, and what has to be run on it, before it replicates.
  [[nodiscard]] virtual std::vector<std::string> copy_arguments() const = 0;
  [[nodiscard]] virtual std::string after_copy() const = 0;
};

// By its name, "mariadb" or "mysql"; nothing for another.
const Flavour* find_flavour(std::string_view name);
// Of a sandbox that exists.
const Flavour& flavour_of(const State& state);

const Flavour& mariadb();
const Flavour& mysql();

// The rest of the line after `name`, wherever that stands; empty if it does not.
std::string value_after(const std::string& text, std::string_view name);

}  // namespace understudy::sandbox
