#include "backend/account_table.h"

#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <functional>
#include <optional>

#include "protocol/stored_password.h"

namespace understudy::backend {
namespace {

std::optional<std::uint32_t> parse_ipv4(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// SQL LIKE with '%', '_' and a backslash as escape; iterative, with one point to come back to.
bool wildcard_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    const bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    const std::size_t at = escaped ? p + 1 : p;
    const bool any_run = !escaped && p < pattern.size() && pattern[p] == '%';
    const bool any_one = !escaped && p < pattern.size() && pattern[p] == '_';
    if (any_run) {
      star = p++;
      resume = t;
    } else if (at < pattern.size() &&
               (any_one || equal_ignoring_case(pattern.substr(at, 1), text.substr(t, 1)))) {
      p = at + 1;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '%')
    ++p;
  return p == pattern.size();
}

// How much of a pattern is fixed: the servers sort by the position of the first wildcard.
std::size_t specificity(std::string_view pattern) {
  if (pattern.empty()) return 0;
  const std::size_t wildcard = pattern.find_first_of("%_");
  return wildcard == std::string_view::npos ? SIZE_MAX : wildcard;
}

}  // namespace

bool host_matches(std::string_view pattern, std::string_view client_host) {
  if (pattern.empty() || pattern == "%") return true;
  const std::size_t slash = pattern.find('/');
  if (slash != std::string_view::npos) {
    const auto network = parse_ipv4(pattern.substr(0, slash));
    const auto mask = parse_ipv4(pattern.substr(slash + 1));
    const auto client = parse_ipv4(client_host);
    return network && mask && client && (*client & *mask) == *network;
  }
  // Servers with name resolution off see no names: a client on a loopback address is "localhost" to
  // us.
  if (pattern == "localhost" && (client_host == "127.0.0.1" || client_host == "::1")) return true;
  return wildcard_matches(pattern, client_host);
}

AccountTable::AccountTable(std::vector<Account> accounts) : accounts_(std::move(accounts)) {
  std::ranges::stable_sort(accounts_, [](const Account& a, const Account& b) {
    const std::size_t left = specificity(a.host), right = specificity(b.host);
    if (left != right) return left > right;
    return a.user.empty() < b.user.empty();
  });
}

const Account* AccountTable::find(std::string_view user, std::string_view client_host) const {
  for (const Account& account : accounts_) {
    const bool named = account.user == user || account.user.empty();
    if (named && host_matches(account.host, client_host)) return &account;
  }
  return nullptr;
}

const Account* AccountTable::decoy(std::string_view user, std::uint64_t salt) const {
  if (accounts_.empty()) return nullptr;
  std::size_t place = std::hash<std::string>()(std::to_string(salt).append(user));
  for (std::size_t tried = 0; tried < accounts_.size(); ++tried, ++place) {
    const Account& account = accounts_[place % accounts_.size()];
    if (!account.auth_hash.empty() && !account.locked &&
        protocol::password_kind(account.plugin) != protocol::PasswordKind::Other)
      return &account;
  }
  return nullptr;
}

}  // namespace understudy::backend
