#include "client/subscription.h"

#include <fmt/format.h>

#include <utility>

#include "client/retry.h"
#include "control/access_refusal.h"
#include "feed/statement_effect.h"
#include "net/loop_thread.h"

namespace understudy::client {
namespace {

constexpr Duration kAskAgain = std::chrono::seconds(1);
constexpr const char* kPositionQuestion = "SELECT @@GLOBAL.gtid_binlog_pos AS position";

}  // namespace

SubscriptionState::SubscriptionState(Logins logins, feed::Request request, ChangeCallback callback,
                                     ChangeErrorCallback on_error)
    : logins_(std::move(logins)),
      request_(std::move(request)),
      callback_(std::move(callback)),
      on_error_(std::move(on_error)),
      access_(loop_),
      reader_(request_.selection, tables_, collector_),
      at_(request_.start.after),
      from_the_beginning_(request_.start.kind == feed::Start::Kind::Earliest),
      again_(loop_) {}

SubscriptionState::~SubscriptionState() = default;

void SubscriptionState::start() {
  loop_.post([this] { check(); });
  std::future<std::optional<Error>> result = started_.get_future();
  thread_ = net::run_in_thread(loop_, "subscription", shared_from_this());
  if (const std::optional<Error> error = result.get()) {
    cancel();
    throw to_exception(*error, "", true);
  }
}

void SubscriptionState::cancel() {
  cancelled_ = true;
  loop_.stop();
  if (!thread_.joinable()) return;
  if (thread_.get_id() != std::this_thread::get_id()) return thread_.join();
  thread_.detach();  // from a callback: it ends by itself, and keeps this until then
}

void SubscriptionState::set_topology(replication::TopologyPtr topology) {
  loop_.post([this, topology = std::move(topology)] {
    topology_ = topology;
    access_.set_topology(topology);
    if (stream_) stream_->set_topology(topology);
  });
}

void SubscriptionState::check() {
  access_.check(logins_.account, request_.selection, [this](const Result<void>& allowed) {
    if (!allowed.ok()) return fail(allowed.error());
    if (request_.start.kind == feed::Start::Kind::Now) return find_start();
    read();
  });
}

void SubscriptionState::find_start() {
  access_.ask(logins_.account, kPositionQuestion, [this](Result<backend::TextResult> answer) {
    if (!answer.ok()) return fail(answer.error());
    auto position = replication::Position::parse(answer->first("position").value_or(""));
    if (!position.ok()) return fail(position.error());
    at_ = {std::move(position).value(), {}, 0};
    started();
    read();
  });
}

void SubscriptionState::started() {
  if (!std::exchange(told_, true)) started_.set_value(std::nullopt);
}

void SubscriptionState::read() {
  reader_.start(at_);
  if (from_the_beginning_) reader_.begin_at_list();
  stream_ = std::make_unique<control::ChangeStream>(loop_, logins_.service, *this);
  stream_->start(topology_, at_.after);
}

void SubscriptionState::on_stream_started() {
  started();
}

void SubscriptionState::on_stream_event(const replication::BinlogEvent& event) {
  if (cancelled_ || reader_.missing()) return;
  if (Result<void> taken = reader_.take(event); !taken) return fail(taken.error());
  if (reader_.missing()) return define();
  if (collector_.deliver(callback_)) {
    at_ = collector_.delivered();
    from_the_beginning_ = false;
  }
  note_rights(event);
}

replication::Position SubscriptionState::on_stream_interrupted() {
  reader_.start(at_);
  if (from_the_beginning_) reader_.begin_at_list();
  return at_.after;
}

void SubscriptionState::on_stream_failed(const Error& why, bool /*gone*/) {
  fail(why);
}

void SubscriptionState::define() {
  const feed::TableId table = *reader_.missing();
  // The stream is at work: it goes in the next turn.
  stream_->pause();
  loop_.post([this] { stream_.reset(); });
  ask_definition(table);
}

void SubscriptionState::ask_definition(const feed::TableId& table) {
  access_.ask(
      logins_.account, control::TableBook::question(table),
      [this, table, asked_at = tables_.revision()](const Result<backend::TextResult>& answer) {
        if (!answer.ok()) return fail(answer.error());
        const Result<bool> noted = tables_.note(table, *answer, asked_at);
        if (!noted.ok()) return fail(noted.error());
        *noted ? read() : ask_definition(table);
      });
}

void SubscriptionState::note_rights(const replication::BinlogEvent& event) {
  if (rights_changed_) return;
  if (const auto* query = std::get_if<replication::QueryEvent>(&event.body)) {
    const feed::StatementEffect effect = feed::effect_of(query->text, query->schema, {});
    rights_changed_ = effect.kind == feed::StatementEffect::Kind::Rights;
  } else if (const auto* rows = std::get_if<replication::RowsEvent>(&event.body)) {
    rights_changed_ = rows->table != nullptr && rows->table->schema == "mysql";
  }
  if (rights_changed_) loop_.post([this] { check_rights_again(); });
}

void SubscriptionState::check_rights_again() {
  rights_changed_ = false;
  access_.forget();
  access_.check(logins_.account, request_.selection, [this](const Result<void>& allowed) {
    if (allowed.ok()) return;
    if (control::is_refusal(allowed.error())) return fail(allowed.error());
    again_.start(kAskAgain, [this] { check_rights_again(); });
  });
}

// The thread ends here; whoever waits for the start, or else the callback for errors, is told.
void SubscriptionState::fail(const Error& why) {
  if (cancelled_.exchange(true)) return;
  loop_.stop();
  if (!std::exchange(told_, true))
    started_.set_value(why);
  else if (on_error_)
    on_error_(to_exception(why, "", true));
}

}  // namespace understudy::client
