#include "control/accounts.h"

#include <fmt/format.h>

#include "control/probe.h"

namespace understudy::control {
namespace {

constexpr std::size_t kColumns = 10;
// Until a server answers there is nothing to log in with, so the first tries are closer.
constexpr Duration kFirstRetry = std::chrono::milliseconds(50);

bool is_true(const std::optional<std::string>& value) {
  return value && *value != "0" && *value != "false";
}

backend::TlsNeed tls_need(std::string_view word) {
  if (word == "ANY") return backend::TlsNeed::Any;
  if (word == "X509") return backend::TlsNeed::Certificate;
  return word.empty() ? backend::TlsNeed::None : backend::TlsNeed::Specified;
}

}  // namespace

Result<std::vector<backend::Account>> read_accounts(const backend::TextResult& result) {
  if (result.columns.size() != kColumns)
    return make_error(ErrorKind::Malformed, "the account table has other columns than expected");
  std::vector<backend::Account> accounts;
  for (const auto& row : result.rows) {
    if (row.size() != kColumns)
      return make_error(ErrorKind::Malformed, "a row of the account table is incomplete");
    accounts.push_back({row[0].value_or(""), row[1].value_or(""), row[2].value_or(""),
                        row[3].value_or(""), is_true(row[4]), tls_need(row[5].value_or("")),
                        row[6].value_or(""), row[7].value_or(""), row[8].value_or(""),
                        is_true(row[9])});
  }
  return accounts;
}

Accounts::Accounts(net::Loop& loop, LinkOpener& opener, Publisher<replication::Topology>& topology,
                   AccountsSettings settings)
    : opener_(opener),
      topology_(topology),
      settings_(std::move(settings)),
      next_(loop),
      deadline_(loop) {}

void Accounts::start() {
  look();
}

std::optional<replication::ServerId> Accounts::choose() const {
  const replication::Topology& topology = *topology_.current();
  if (const auto* primary = topology.usable_primary()) return primary->id;
  for (const replication::ServerView& server : topology.servers) {
    if (server.role == replication::Role::Replica && server.health == replication::Health::Up)
      return server.id;
  }
  return std::nullopt;
}

void Accounts::look() {
  const auto server = choose();
  if (!server) {
    link_.reset();
    problem_ = make_error(ErrorKind::Unreachable,
                          "the accounts cannot be read: neither the primary nor a replica answers");
    again(publisher_.current() ? settings_.interval : kFirstRetry);
    return;
  }
  deadline_.start(settings_.timeout, [this] {
    failed(make_error(ErrorKind::Timeout,
                      fmt::format("no answer within {} ms", to_ms(settings_.timeout))));
  });
  if (link_ && server_ == *server) {
    ask();
    return;
  }
  link_.reset();
  server_ = *server;
  attempt_ = opener_.open(server_, settings_.timeout, [this](Result<std::unique_ptr<Link>> opened) {
    attempt_.reset();
    if (!opened.ok()) {
      failed(std::move(opened).error());
      return;
    }
    link_ = std::move(opened).value();
    ask();
  });
}

void Accounts::ask() {
  link_->ask({link_->dialect().accounts()}, [this](Result<Link::Answers> answers) {
    if (answers.ok()) {
      read(answers.value());
    } else {
      failed(std::move(answers).error());
    }
  });
}

void Accounts::read(const Link::Answers& answers) {
  auto accounts = read_accounts(answers[0]);
  if (!accounts.ok()) {
    failed(std::move(accounts).error());
    return;
  }
  deadline_.cancel();
  problem_.reset();
  const bool changed = !publisher_.current() || accounts.value() != last_;
  if (changed) {
    last_ = std::move(accounts).value();
    publisher_.publish(std::make_shared<const backend::AccountTable>(last_));
  }
  again(settings_.interval);
}

void Accounts::failed(Error error) {
  deadline_.cancel();
  attempt_.reset();
  link_.reset();
  const replication::ServerView* server = topology_.current()->find(server_);
  Error mended = with_mend(std::move(error), settings_.service_user,
                           server != nullptr ? server->flavour : replication::Flavour::MariaDb);
  mended.message = fmt::format("the accounts cannot be read from {}: {}",
                               server != nullptr ? server->name : "a server", mended.message);
  problem_ = std::move(mended);
  again(settings_.interval);
}

void Accounts::again(Duration delay) {
  next_.start(delay, [this] { look(); });
}

}  // namespace understudy::control
