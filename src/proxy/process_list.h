#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace understudy::proxy {

// A client as SHOW PROCESSLIST tells of it.
struct ClientProcess {
  std::uint32_t id = 0;
  std::string user;
  std::string host;    // with the port
  std::string schema;  // empty: none
  bool running = false;
  std::uint64_t seconds = 0;  // since it began, or since the last one has ended
  std::string statement;      // while it runs; empty if it is no text
};

// The answer to SHOW [FULL] PROCESSLIST, framed, with the columns and types of a server's: the
// first 100 characters of statements unless `full`. `processes` in any order.
Bytes process_list_answer(std::vector<ClientProcess> processes, bool full,
                          std::uint32_t client_capabilities, std::uint8_t sequence,
                          std::uint16_t status);

}  // namespace understudy::proxy
