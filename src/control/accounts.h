#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/account_table.h"
#include "base/result.h"
#include "control/link.h"
#include "control/publisher.h"
#include "net/loop.h"
#include "net/timer.h"
#include "replication/topology.h"

namespace understudy::control {

// Reads the rows of Dialect::accounts().
// Error: Malformed, if there are other columns.
Result<std::vector<backend::Account>> read_accounts(const backend::TextResult& result);

struct AccountsSettings {
  Duration interval = std::chrono::seconds(1);
  Duration timeout = std::chrono::seconds(1);
  std::string service_user;  // for messages
};

// Reads who may log in from the servers' own account table: from the primary, or from a healthy
// replica while the primary does not answer. Publishes a new table whenever something in it
// changed. Lives on the control loop.
class Accounts {
 public:
  // `opener` and `topology` outlive this.
  Accounts(net::Loop& loop, LinkOpener& opener, Publisher<replication::Topology>& topology,
           AccountsSettings settings);

  void start();
  // nullptr until the first table was read.
  [[nodiscard]] Publisher<backend::AccountTable>& table() { return publisher_; }
  // Why the last reading failed, with what to do; the table of the last success stays.
  [[nodiscard]] const std::optional<Error>& problem() const { return problem_; }

 private:
  void look();
  void ask();
  void read(const Link::Answers& answers);
  void failed(Error error);
  void again(Duration delay);
  [[nodiscard]] std::optional<replication::ServerId> choose() const;

  LinkOpener& opener_;
  Publisher<replication::Topology>& topology_;
  const AccountsSettings settings_;
  Publisher<backend::AccountTable> publisher_{nullptr};
  std::vector<backend::Account> last_;
  std::optional<Error> problem_;
  replication::ServerId server_;
  std::unique_ptr<LinkAttempt> attempt_;
  std::unique_ptr<Link> link_;  // to server_
  net::Timer next_;
  net::Timer deadline_;
};

}  // namespace understudy::control
