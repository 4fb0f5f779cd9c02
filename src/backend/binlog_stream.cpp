#include "backend/binlog_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "backend/text_query.h"
#include "base/destruction_watch.h"
#include "net/timer.h"
#include "protocol/commands.h"
#include "protocol/err_packet.h"
#include "protocol/packet.h"

namespace understudy::backend {
namespace {

using protocol::PacketKind;

constexpr std::uint8_t kEventMarker = 0;

// A server with nothing to say sends heartbeats: after so many that did not come it has hung.
constexpr int kHeartbeatsMissed = 4;
constexpr Duration kSilenceMin = std::chrono::seconds(1);

// What a replica says of itself before it asks for the log: that it knows GTID events, that it
// takes checksums as they are in the file, and where to begin.
std::string setup(const BinlogStream::Options& options) {
  return fmt::format(
      "SET @mariadb_slave_capability=4, @master_binlog_checksum=@@GLOBAL.binlog_checksum, "
      "@master_heartbeat_period={}, @slave_connect_state='{}', @slave_gtid_strict_mode={}, "
      "@slave_gtid_ignore_duplicates=0",
      options.heartbeat.count(), to_string(options.after), options.strict ? 1 : 0);
}

// A server closes the connection of one reader when another comes with the same id. Ids of servers
// are small numbers as a rule.
std::uint32_t reader_id() {
  constexpr std::uint32_t kHigh = 0x80000000;
  return kHigh | static_cast<std::uint32_t>(std::random_device()());
}

}  // namespace

class BinlogStream::Connection final : private ResponseHandler {
 public:
  Connection(net::Loop& loop, Options options, BinlogStreamHandler& handler)
      : options_(std::move(options)), handler_(handler), silence_(loop) {
    ConnectOptions target;
    target.server = options_.server;
    target.server_name = options_.server_name;
    target.address = options_.address;
    target.login = options_.login;
    target.track_session = false;
    target.timeout = options_.connect_timeout;
    attempt_ = ServerConnection::open(
        loop, std::move(target),
        [this](Result<std::unique_ptr<ServerConnection>> opened) { connected(std::move(opened)); });
  }

  void pause() { set_paused(true); }
  void resume() { set_paused(false); }

 private:
  // One after the other: a setting that fails, registering, the log.
  void connected(Result<std::unique_ptr<ServerConnection>> opened) {
    if (!opened.ok()) return end(opened.error());
    connection_ = std::move(opened).value();
    silence_.start(silence_max(), [this] { heard_nothing(); });
    query_.start(*connection_, setup(options_), [this](const Result<TextResult>& set) {
      if (!set.ok()) return end(set.error());
      ask();
    });
  }

  void ask() {
    Bytes commands;
    const std::uint32_t id = options_.to_end ? 0 : reader_id();
    if (!options_.to_end) {
      protocol::append_register_replica(commands, id);
      connection_->expect(protocol::ResponseShape::OkOrErr, *this);
    }
    protocol::append_binlog_dump(commands, id);
    packets_.expect_sequence(1);
    connection_->expect(protocol::ResponseShape::Rows, *this);
    connection_->send(commands);
    if (paused_) connection_->pause();
  }

  void on_step(ServerConnection& from, const protocol::ScanStep& step) override {
    if (over_) return;
    if (step.kind == PacketKind::Raw) {
      silence_.restart(silence_max());
      take(step.bytes);
    } else if (step.kind == PacketKind::Err) {
      const Result<protocol::ErrPacket> err = protocol::parse_err(step.payload);
      Error error = err ? protocol::to_error(*err) : err.error();
      error.message = fmt::format("server {}: {}", from.server_name(), error.message);
      end(error);
    } else if (step.kind == PacketKind::ResultEnd) {
      end(make_error(options_.to_end ? ErrorKind::Cancelled : ErrorKind::Lost,
                     "the server ended its binary log"));
    }
  }

  void on_broken(ServerConnection& /*from*/, const Error& why) override { end(why); }

  void take(ByteView bytes) {
    const DestructionWatch watch(life_);
    packets_.feed(bytes);
    while (!over_) {
      Result<std::optional<protocol::AssembledPacket>> packet = packets_.next();
      if (!packet.ok()) return end(packet.error());
      if (!*packet) return;
      packets_.expect_sequence(static_cast<std::uint8_t>((*packet)->sequence + 1));
      const ByteView payload = (*packet)->payload;
      if (payload.empty() || payload[0] != kEventMarker)
        return end(make_error(ErrorKind::Malformed, "a packet that holds no binary log event"));
      const Result<replication::BinlogEvent> event = decoder_.decode(payload.subspan(1));
      if (!event.ok()) return end(event.error());
      handler_.on_event(*event);
      if (watch.destroyed()) return;
    }
  }

  [[nodiscard]] Duration silence_max() const {
    return std::max(kHeartbeatsMissed * options_.heartbeat, kSilenceMin);
  }

  void heard_nothing() {
    if (paused_) return silence_.restart(silence_max());
    end(make_error(ErrorKind::Timeout,
                   fmt::format("server {} has sent neither an event nor a heartbeat for {} ms",
                               options_.server_name, to_ms(silence_max()))));
  }

  void set_paused(bool paused) {
    if (std::exchange(paused_, paused) == paused || !connection_ || connection_->broken()) return;
    if (paused) {
      connection_->pause();
    } else {
      silence_.restart(silence_max());
      connection_->resume();
    }
  }

  // Later, from the loop: a connection may be at work that goes with the stream.
  void end(Error why) {
    if (std::exchange(over_, true)) return;
    if (connection_ && !connection_->broken()) connection_->pause();
    silence_.start({}, [this, why = std::move(why)] { handler_.on_ended(why); });
  }

  const Options options_;
  BinlogStreamHandler& handler_;
  replication::BinlogDecoder decoder_{{options_.count_rows, kEventBytesMax}};
  protocol::PacketAssembler packets_{kEventBytesMax};
  bool paused_ = false;
  bool over_ = false;
  WatchPoint life_;  // the handler may destroy this

  TextQuery query_;  // outlives the connection
  std::unique_ptr<ServerConnection::Attempt> attempt_;
  std::unique_ptr<ServerConnection> connection_;
  net::Timer silence_;
};

BinlogStream::BinlogStream(net::Loop& loop, Options options, BinlogStreamHandler& handler)
    : connection_(std::make_unique<Connection>(loop, std::move(options), handler)) {}

BinlogStream::~BinlogStream() = default;

void BinlogStream::pause() {
  connection_->pause();
}

void BinlogStream::resume() {
  connection_->resume();
}

}  // namespace understudy::backend
