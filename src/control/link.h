#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/dialect.h"
#include "backend/text_query.h"
#include "base/result.h"
#include "base/unique_function.h"
#include "replication/flavour.h"
#include "replication/topology.h"

namespace understudy::control {

// A connection of the service account to one server, for our own small queries. Loop thread only.
// Destroying it closes the connection, and no callback of it is called any more.
class Link {
 public:
  using Answers = std::vector<backend::TextResult>;
  using OnAnswers = UniqueFunction<void(Result<Answers>)>;

  virtual ~Link() = default;

  // Sends the statements in one write and collects their results, one for each. `done` is called
  // once, never inside this call, and may destroy the link. One request at a time.
  // Errors: that of the first statement that failed; Server leaves the link usable.
  virtual void ask(std::vector<std::string> statements, OnAnswers done) = 0;

  // What the server speaks.
  [[nodiscard]] virtual const backend::Dialect& dialect() const = 0;

  // Called once if the connection breaks while nothing is asked; may destroy the link.
  virtual void on_broken(UniqueFunction<void()> broken) = 0;
};

// A connect in progress; destroying it cancels it, without a call.
class LinkAttempt {
 public:
  virtual ~LinkAttempt() = default;

  // What the server has greeted as, also if it refuses the login afterwards.
  [[nodiscard]] virtual std::optional<replication::Flavour> greeted() const = 0;
};

// Opens links. Loop thread only; outlives its attempts and links.
class LinkOpener {
 public:
  using OnOpen = UniqueFunction<void(Result<std::unique_ptr<Link>>)>;

  virtual ~LinkOpener() = default;

  // `done` is called once, never inside this call, and may destroy the attempt. Errors:
  // Unreachable, Timeout, Malformed, or Server with the server's code (1045, 1040, …).
  [[nodiscard]] virtual std::unique_ptr<LinkAttempt> open(replication::ServerId server,
                                                          Duration timeout, OnOpen done) = 0;
};

}  // namespace understudy::control
