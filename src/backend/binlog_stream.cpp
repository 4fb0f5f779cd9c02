#include "backend/binlog_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "backend/binlog_request.h"
#include "backend/text_query.h"
#include "base/destruction_watch.h"
#include "net/timer.h"
#include "protocol/err_packet.h"
#include "protocol/packet.h"
#include "replication/event_unpacker.h"

namespace understudy::backend {
namespace {

using protocol::PacketKind;

constexpr std::uint8_t kEventMarker = 0;

// A server with nothing to say sends heartbeats: after so many that did not come it has hung.
constexpr int kHeartbeatsMissed = 4;
constexpr Duration kSilenceMin = std::chrono::seconds(1);

// A server closes the connection of one reader when another comes with the same id. Ids of servers
// are small numbers as a rule.
std::uint32_t reader_id() {
  constexpr std::uint32_t kHigh = 0x80000000;
  return kHigh | static_cast<std::uint32_t>(std::random_device()());
}

// Of MySQL without GTIDs: nothing says where a reader would go on.
bool is_anonymous(const replication::BinlogEvent& event) {
  const auto* gtid = std::get_if<replication::MySqlGtidEvent>(&event.body);
  return gtid != nullptr && !gtid->gtid;
}

}  // namespace

class BinlogStream::Connection final : private ResponseHandler {
 public:
  Connection(net::Loop& loop, Options options, BinlogStreamHandler& handler)
      : options_(std::move(options)), handler_(handler), silence_(loop), go_on_(loop) {
    request_.after = options_.after;
    request_.strict = options_.strict;
    request_.to_end = options_.to_end;
    request_.heartbeat = options_.heartbeat;
    request_.id = reader_id();
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
  // One after the other: a setting that fails, what there is to know, registering, the log.
  void connected(Result<std::unique_ptr<ServerConnection>> opened) {
    if (!opened.ok()) return end(opened.error());
    connection_ = std::move(opened).value();
    silence_.start(silence_max(), [this] { heard_nothing(); });
    request_.flavour = connection_->dialect().flavour();
    query_.start(*connection_, binlog_setup(request_), [this](const Result<TextResult>& set) {
      if (!set.ok()) return end(set.error());
      inquire();
    });
  }

  void inquire() {
    const std::string question = binlog_question(request_);
    if (question.empty()) return ask();
    question_.start(*connection_, question, [this](const Result<TextResult>& answer) {
      if (!answer.ok()) return end(answer.error());
      const Result<void> taken = take_binlog_answer(request_, *answer);
      if (!taken.ok()) return end(of_server(taken.error()));
      ask();
    });
  }

  void ask() {
    Bytes commands;
    if (append_registration(commands, request_))
      connection_->expect(protocol::ResponseShape::OkOrErr, *this);
    append_request(commands, request_);
    packets_.expect_sequence(1);
    connection_->expect(protocol::ResponseShape::Rows, *this);
    connection_->send(commands);
    if (paused_) connection_->pause();
  }

  void on_step(ServerConnection& /*from*/, const protocol::ScanStep& step) override {
    if (over_) return;
    if (step.kind == PacketKind::Raw) {
      silence_.restart(silence_max());
      take(step.bytes);
    } else if (step.kind == PacketKind::Err) {
      const Result<protocol::ErrPacket> err = protocol::parse_err(step.payload);
      end(of_server(err ? protocol::to_error(*err) : err.error()));
    } else if (step.kind == PacketKind::ResultEnd) {
      at_end_ = make_error(options_.to_end ? ErrorKind::Cancelled : ErrorKind::Lost,
                           "the server ended its binary log");
      deliver();
    }
  }

  void on_broken(ServerConnection& /*from*/, const Error& why) override { end(why); }

  [[nodiscard]] Error of_server(Error error) const {
    error.message = fmt::format("server {}: {}", options_.server_name, error.message);
    return error;
  }

  void take(ByteView bytes) {
    packets_.feed(bytes);
    deliver();
  }

  // A pause takes effect between packets that were not read yet, and inside of a compressed
  // transaction.
  void deliver() {
    const DestructionWatch watch(life_);
    while (!over_ && !(paused_ && events_.inside())) {
      const Result<std::optional<replication::BinlogEvent>> event = events_.next();
      if (!event.ok()) return end(event.error());
      if (!*event) {
        const Result<bool> more = next_packet();
        if (!more.ok()) return end(more.error());
        if (!*more) break;
        continue;
      }
      if (is_anonymous(**event))
        return end(of_server(make_error(ErrorKind::Unsupported, "gtid_mode is not ON")));
      handler_.on_event(**event);
      if (watch.destroyed()) return;
    }
    if (at_end_ && !events_.inside()) end(*at_end_);
  }

  Result<bool> next_packet() {
    Result<std::optional<protocol::AssembledPacket>> packet = packets_.next();
    if (!packet.ok()) return packet.error();
    if (!*packet) return false;
    packets_.expect_sequence(static_cast<std::uint8_t>((*packet)->sequence + 1));
    const ByteView payload = (*packet)->payload;
    if (payload.empty() || payload[0] != kEventMarker)
      return make_error(ErrorKind::Malformed, "a packet that holds no binary log event");
    const Result<void> taken = events_.take(payload.subspan(1));
    return taken.ok() ? Result<bool>(true) : taken.error();
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
      if (events_.inside()) go_on_.start({}, [this] { deliver(); });
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
  BinlogRequest request_;
  replication::EventUnpacker events_{{options_.count_rows, kEventBytesMax}};
  protocol::PacketAssembler packets_{kEventBytesMax};
  bool paused_ = false;
  bool over_ = false;
  WatchPoint life_;  // the handler may destroy this

  std::optional<Error> at_end_;  // when all events were handed out

  TextQuery query_;  // the queries outlive the connection
  TextQuery question_;
  std::unique_ptr<ServerConnection::Attempt> attempt_;
  std::unique_ptr<ServerConnection> connection_;
  net::Timer silence_;
  net::Timer go_on_;
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
