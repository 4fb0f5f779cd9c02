#include "backend/binlog_reader.h"

#include <fmt/format.h>

#include "net/timer.h"

namespace understudy::backend {

struct BinlogReader::Reading final : BinlogStreamHandler {
  Reading(BinlogReader& reader, Options options, Done done_callback)
      : owner(reader), done(std::move(done_callback)), timer(reader.loop_) {
    const Duration timeout = options.timeout;
    timer.start(timeout, [this, timeout] {
      finish(
          make_error(ErrorKind::Timeout,
                     fmt::format("reading the binary log took longer than {} ms", to_ms(timeout))));
    });
    BinlogStream::Options from;
    from.server = options.server;
    from.server_name = std::move(options.server_name);
    from.address = std::move(options.address);
    from.login = std::move(options.login);
    from.after = std::move(options.after);
    // The position may be one that this server has not logged, since no row was changed by it here.
    from.strict = false;
    from.to_end = true;
    from.count_rows = true;
    from.connect_timeout = timeout;
    stream = std::make_unique<BinlogStream>(reader.loop_, std::move(from), *this);
  }

  void on_event(const replication::BinlogEvent& event) override {
    if (result) return;
    Result<void> taken = take(event);
    if (!taken.ok()) finish(taken.error());
  }

  void on_ended(const Error& why) override {
    if (why.kind == ErrorKind::Cancelled) return finish(std::move(transactions));
    finish(why);
  }

  Result<void> take(const replication::BinlogEvent& event) {
    auto ended = assembler.take(event);
    if (!ended.ok()) return std::move(ended).error();
    const bool whole = ended->has_value();
    if (whole) {
      kept += assembler.bytes();
      transactions.push_back(std::move(**ended));
    }
    if (kept + (whole ? 0 : assembler.bytes()) > kBytesMax) {
      return make_error(ErrorKind::Exhausted,
                        "the transactions after the position take more than 64 MiB");
    }
    return {};
  }

  // Later, from the loop: the stream may be at work that goes with the reading.
  void finish(Result<Transactions> how) {
    if (result) return;
    result.emplace(std::move(how));
    timer.start({}, [this] {
      Done call = std::move(done);
      Result<Transactions> read = std::move(*result);
      owner.reading_.reset();  // and with it this object
      call(std::move(read));
    });
  }

  BinlogReader& owner;
  Done done;
  replication::TransactionAssembler assembler;
  Transactions transactions;
  std::size_t kept = 0;  // bytes that they take
  std::optional<Result<Transactions>> result;
  std::unique_ptr<BinlogStream> stream;
  net::Timer timer;
};

BinlogReader::BinlogReader(net::Loop& loop) : loop_(loop) {}

BinlogReader::~BinlogReader() = default;

void BinlogReader::start(Options options, Done done) {
  reading_.reset();
  reading_ = std::make_unique<Reading>(*this, std::move(options), std::move(done));
}

}  // namespace understudy::backend
