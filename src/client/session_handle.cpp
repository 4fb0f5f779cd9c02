#include "client/session_handle.h"

#include <future>
#include <random>
#include <thread>

#include "client/retry.h"
#include "client/settings.h"
#include "client/transaction_state.h"

namespace understudy::client {
namespace {

// Marks a session as in use.
class Use {
 public:
  explicit Use(std::atomic<bool>& busy) : busy_(busy) {
    if (busy_.exchange(true)) {
      throw std::logic_error("this session is in use by another call: use one for each thread");
    }
  }
  ~Use() { busy_.store(false); }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  std::atomic<bool>& busy_;
};

}  // namespace

SessionHandle::SessionHandle(std::shared_ptr<Engine> engine, Scope scope)
    : engine_(std::move(engine)), scope_(scope), random_(std::random_device{}()) {}

SessionHandle::~SessionHandle() {
  if (!session_) return;
  engine_->post([session = std::move(session_)]() mutable { session.reset(); });
}

QueryResult SessionHandle::write(std::string_view sql, const std::vector<Value>& parameters) {
  const Use use(busy_);
  return repeat(Call::Form::PreparedOnPrimary, sql, parameters, std::nullopt);
}

QueryResult SessionHandle::read(const std::optional<ReadOptions>& options, std::string_view sql,
                                const std::vector<Value>& parameters) {
  const Use use(busy_);
  return repeat(Call::Form::Prepared, sql, parameters, options);
}

// Runs a statement, again after what is known to have left nothing behind.
QueryResult SessionHandle::repeat(Call::Form form, std::string_view sql,
                                  const std::vector<Value>& parameters,
                                  const std::optional<ReadOptions>& options) {
  for (std::uint32_t attempt = 1;; ++attempt) {
    Outcome outcome = run(form, sql, parameters, options);
    if (!outcome.error) {
      in_transaction_ = outcome.in_transaction;
      return std::move(outcome.result);
    }
    const Error& error = *outcome.error;
    if (error.kind == ErrorKind::Invalid && error.code == 0) {
      throw std::invalid_argument(error.message);
    }
    // What a transaction or a pinned state held is gone: the rest of it would run without.
    const bool again = outcome.alone && worth_repeating(error, outcome.read);
    if (!again || attempt >= engine_->settings().max_attempts) {
      if (deadlock(error) || connection_lost(error)) in_transaction_ = false;
      throw to_exception(error, outcome.server, outcome.read);
    }
    pause(attempt);
  }
}

void SessionHandle::transaction(const std::function<void(Transaction&)>& body) {
  const Use use(busy_);
  if (in_transaction_) throw std::logic_error("this session has a transaction open already");
  for (std::uint32_t attempt = 1;; ++attempt) {
    TransactionState state(*this);
    try {
      state.begin();
      Transaction transaction(state);
      body(transaction);
      state.commit();
      return;
    } catch (...) {
      state.roll_back();
      if (!state.may_repeat() || attempt >= engine_->settings().max_attempts) throw;
    }
    pause(attempt);
  }
}

Outcome SessionHandle::run(Call::Form form, std::string_view sql,
                           const std::vector<Value>& parameters,
                           const std::optional<ReadOptions>& options) {
  Call call(form, sql, parameters);
  // The worker owns the promise: it may still be busy with it when the wait is over.
  std::promise<void> promise;
  const std::future<void> finished = promise.get_future();
  engine_->post([this, &call, &options, promise = std::move(promise)]() mutable {
    prepare(options);
    const bool was_in_transaction = session_->holding();
    call.start(*session_,
               [this, &call, was_in_transaction, promise = std::move(promise)]() mutable {
                 after(call, was_in_transaction,
                       [promise = std::move(promise)]() mutable { promise.set_value(); });
               });
  });
  finished.wait();
  return call.finish();
}

void SessionHandle::prepare(const std::optional<ReadOptions>& options) {
  const bool first = session_ == nullptr;
  if (first) session_ = engine_->make_session();
  const backend::SessionOptions reads =
      options ? session_options(*options) : engine_->settings().reads;
  session_->set_options(reads);
  if (scope_ == Scope::Own || reads.consistency != sql::Consistency::Session) return;
  if (first) only_primary_ = !engine_->show_writes(*session_);
  if (only_primary_) session_->set_consistency(sql::Consistency::Strong);
}

void SessionHandle::after(const Call& call, bool was_in_transaction, UniqueFunction<void()> done) {
  // Whatever was tied to the connection went with it; the error says so.
  if (session_->lost_state()) session_->reset();
  const bool wrote = call.what().writes || was_in_transaction;
  if (scope_ == Scope::Own || !wrote || !call.succeeded() || session_->holding()) {
    done();
    return;
  }
  session_->fetch_seen([this, done = std::move(done)](const Result<std::string>& token) mutable {
    engine_->note_writes(token);
    UniqueFunction<void()> last = std::move(done);
    last();
  });
}

std::string SessionHandle::token() {
  const Use use(busy_);
  std::promise<Result<std::string>> promise;
  std::future<Result<std::string>> fetched = promise.get_future();
  engine_->post([this, promise = std::move(promise)]() mutable {
    prepare(std::nullopt);
    session_->fetch_seen([promise = std::move(promise)](Result<std::string> token) mutable {
      promise.set_value(std::move(token));
    });
  });
  Result<std::string> token = fetched.get();
  if (!token) throw to_exception(token.error(), {}, true);
  return std::move(token).value();
}

void SessionHandle::set_token(std::string_view token) {
  const Use use(busy_);
  std::promise<Result<void>> promise;
  std::future<Result<void>> adopted = promise.get_future();
  engine_->post([this, text = std::string(token), promise = std::move(promise)]() mutable {
    prepare(std::nullopt);
    promise.set_value(session_->set_seen(text));
  });
  const Result<void> result = adopted.get();
  if (!result) throw std::invalid_argument(result.error().message);
}

void SessionHandle::pause(std::uint32_t attempt) {
  std::this_thread::sleep_for(pause_after(attempt, random_));
}

}  // namespace understudy::client
