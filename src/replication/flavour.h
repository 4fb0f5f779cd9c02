#pragma once

#include <cstdint>
#include <string_view>

namespace understudy::replication {

// The family of a server; it decides statement names, the form of positions, account tables.
enum class Flavour : std::uint8_t { MariaDb, MySql };

constexpr std::string_view to_text(Flavour flavour) {
  return flavour == Flavour::MariaDb ? "mariadb" : "mysql";
}

// As people write it.
constexpr std::string_view name_of(Flavour flavour) {
  return flavour == Flavour::MariaDb ? "MariaDB" : "MySQL";
}

}  // namespace understudy::replication
