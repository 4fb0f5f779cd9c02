#include "backend/binlog_reader.h"

#include <fmt/format.h>

#include "backend/text_query.h"
#include "net/timer.h"
#include "protocol/commands.h"
#include "protocol/err_packet.h"
#include "protocol/packet.h"
#include "replication/binlog_event.h"

namespace understudy::backend {
namespace {

using protocol::PacketKind;

constexpr std::uint8_t kEventMarker = 0;

// What a replica says of itself before it asks for the log: that it knows GTID events, that it
// takes checksums as they are in the file, and where to begin. Not strict: a position may be one
// that this server has not logged, since no row was changed by it here, if it has later ones.
std::string setup(const replication::Position& after) {
  return fmt::format(
      "SET @mariadb_slave_capability=4, @master_binlog_checksum=@@GLOBAL.binlog_checksum, "
      "@slave_connect_state='{}', @slave_gtid_strict_mode=0, @slave_gtid_ignore_duplicates=0",
      to_string(after));
}

}  // namespace

struct BinlogReader::Reading final : ResponseHandler {
  Reading(BinlogReader& reader, Options options, Done done_callback)
      : owner(reader),
        done(std::move(done_callback)),
        after(std::move(options.after)),
        timer(reader.loop_) {
    const Duration timeout = options.timeout;
    timer.start(timeout, [this, timeout] {
      finish(
          make_error(ErrorKind::Timeout,
                     fmt::format("reading the binary log took longer than {} ms", to_ms(timeout))));
    });
    ConnectOptions target;
    target.server = options.server;
    target.server_name = std::move(options.server_name);
    target.address = std::move(options.address);
    target.login = std::move(options.login);
    target.track_session = false;
    target.timeout = timeout;
    attempt = ServerConnection::open(
        reader.loop_, std::move(target),
        [this](Result<std::unique_ptr<ServerConnection>> opened) { connected(std::move(opened)); });
  }

  void connected(Result<std::unique_ptr<ServerConnection>> opened) {
    if (!opened.ok()) return finish(std::move(opened).error());
    connection = std::move(opened).value();
    query.start(*connection, setup(after), [this](Result<TextResult> set) {
      if (!set.ok()) return finish(std::move(set).error());
      ask();
    });
  }

  void ask() {
    Bytes command;
    protocol::append_binlog_dump(command);
    packets.expect_sequence(1);
    connection->expect(protocol::ResponseShape::Rows, *this);
    connection->send(command);
  }

  void on_step(ServerConnection& from, const protocol::ScanStep& step) override {
    if (result) return;
    if (step.kind == PacketKind::Raw) {
      Result<void> taken = take(step.bytes);
      if (!taken.ok()) finish(std::move(taken).error());
    } else if (step.kind == PacketKind::Err) {
      const Result<protocol::ErrPacket> err = protocol::parse_err(step.payload);
      Error error = err ? protocol::to_error(*err) : err.error();
      error.message = fmt::format("server {}: {}", from.server_name(), error.message);
      finish(std::move(error));
    } else {
      finish(std::move(transactions));
    }
  }

  void on_broken(ServerConnection& /*from*/, const Error& why) override { finish(why); }

  Result<void> take(ByteView bytes) {
    packets.feed(bytes);
    while (true) {
      Result<std::optional<protocol::AssembledPacket>> packet = packets.next();
      if (!packet.ok()) return std::move(packet).error();
      if (!*packet) return {};
      packets.expect_sequence(static_cast<std::uint8_t>((*packet)->sequence + 1));
      const ByteView payload = (*packet)->payload;
      if (payload.empty() || payload[0] != kEventMarker) {
        return make_error(ErrorKind::Malformed, "a packet that holds no binary log event");
      }
      Result<void> taken = take_event(payload.subspan(1));
      if (!taken.ok()) return taken;
    }
  }

  Result<void> take_event(ByteView bytes) {
    Result<replication::BinlogEvent> event = decoder.decode(bytes);
    if (!event.ok()) return std::move(event).error();
    auto ended = assembler.take(*event);
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

  // Later, from the loop: a connection may be at work that goes with the reading.
  void finish(Result<Transactions> how) {
    if (result) return;
    result.emplace(std::move(how));
    if (connection && !connection->broken()) connection->pause();
    timer.start({}, [this] {
      Done call = std::move(done);
      Result<Transactions> read = std::move(*result);
      owner.reading_.reset();  // and with it this object
      call(std::move(read));
    });
  }

  BinlogReader& owner;
  Done done;
  const replication::Position after;
  replication::BinlogDecoder decoder;
  replication::TransactionAssembler assembler;
  protocol::PacketAssembler packets{kBytesMax};
  Transactions transactions;
  std::size_t kept = 0;  // bytes that they take
  std::optional<Result<Transactions>> result;

  TextQuery query;  // outlives the connection
  std::unique_ptr<ServerConnection::Attempt> attempt;
  std::unique_ptr<ServerConnection> connection;
  net::Timer timer;
};

BinlogReader::BinlogReader(net::Loop& loop) : loop_(loop) {}

BinlogReader::~BinlogReader() = default;

void BinlogReader::start(Options options, Done done) {
  reading_.reset();
  reading_ = std::make_unique<Reading>(*this, std::move(options), std::move(done));
}

}  // namespace understudy::backend
