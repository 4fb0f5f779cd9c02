// A client and its server, both of which may send anything: a whole session, with a login, a pool
// and a connection to a server behind it, all on one loop. The input is records: a byte that says
// whose and what it is, a byte for its length, and the bytes.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>

#include "net/listener.h"
#include "protocol/constants.h"
#include "protocol/handshake.h"
#include "protocol/packet.h"
#include "proxy/worker.h"

namespace {

using namespace understudy;

Bytes packet(std::uint8_t sequence, ByteView payload) {
  Bytes framed;
  protocol::append_packet(framed, sequence, payload);
  return framed;
}

Bytes ok(std::uint8_t sequence) {
  return packet(sequence, Bytes{0, 0, 0, 2, 0, 0, 0});
}

// Logs everybody in, and answers each command with the next of its answers, or OK.
class FakeServer {
 public:
  FakeServer(net::Loop& loop, const Address& address) : loop_(loop) {
    auto listener = net::listen(loop, address, [this](Result<net::AcceptedSocket> socket) {
      if (socket.ok()) accept(std::move(socket).value());
    });
    if (!listener) std::abort();
    listener_ = std::move(listener).value();
  }
  std::deque<Bytes> answers;

 private:
  struct Peer final : net::StreamHandler {
    explicit Peer(FakeServer& server) : owner(server) {}
    void on_data(ByteView bytes) override { owner.take(*this, bytes); }
    void on_closed(const Error& /*why*/) override { gone = true; }

    FakeServer& owner;
    std::unique_ptr<net::Stream> stream;
    protocol::PacketAssembler packets{1u << 26};
    bool logged_in = false;
    bool gone = false;
  };

  void accept(net::AcceptedSocket socket) {
    std::erase_if(peers_, [](const auto& peer) { return peer->gone; });
    auto stream = net::adopt(loop_, std::move(socket));
    if (!stream) return;
    auto peer = std::make_unique<Peer>(*this);
    peer->stream = std::move(stream).value();
    peer->stream->set_handler(peer.get());
    peer->packets.expect_sequence(1);
    protocol::Greeting greeting;
    greeting.server_version = "5.5.5-10.11.6-MariaDB";
    greeting.scramble.fill('s');
    greeting.capabilities = 0x81fff7ff & ~(protocol::kSsl | protocol::kCompress);
    greeting.plugin = protocol::kNativePasswordPlugin;
    Bytes payload;
    protocol::append_greeting_payload(payload, greeting);
    peer->stream->write(packet(0, payload));
    peer->stream->start();
    peers_.push_back(std::move(peer));
  }

  void take(Peer& peer, ByteView bytes) {
    peer.packets.feed(bytes);
    for (;;) {
      const auto command = peer.packets.next();
      if (!command || !*command) break;
      if (!std::exchange(peer.logged_in, true)) {
        peer.stream->write(ok(2));
      } else if (answers.empty() || as_text((*command)->payload).find("SET ") == 1) {
        peer.stream->write(ok(1));
      } else {
        peer.stream->write(answers.front());
        answers.pop_front();
      }
    }
    peer.packets.keep_rest();
  }

  net::Loop& loop_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

constexpr std::array<std::string_view, 10> kStatements{
    "SELECT a FROM t",
    "UPDATE t SET a = 1",
    "BEGIN",
    "COMMIT",
    "SET @a = 5",
    "USE shop",
    "SET NAMES utf8mb4",
    "SHOW UNDERSTUDY STATUS",
    "SET understudy_consistency = 'strong'",
    "SELECT 1; SELECT 2",
};

struct Script {
  Bytes client;
  std::deque<Bytes> server;
};

Bytes as_command(std::uint8_t command, ByteView argument) {
  Bytes payload{command};
  append(payload, argument);
  return packet(0, payload);
}

Bytes as_result(ByteView row) {
  Bytes bytes = packet(1, Bytes{1});
  append(bytes, packet(2, Bytes{3, 'd', 'e', 'f', 0, 0,   0, 1, 'a', 0, 12, 33,
                                0, 1,   0,   0,   0, 253, 0, 0, 0,   0, 0}));
  append(bytes, packet(3, row));
  append(bytes, packet(4, Bytes{0xfe, 0, 0, 2, 0, 0, 0}));
  return bytes;
}

Script read_script(ByteView rest) {
  Script script;
  while (rest.size() >= 2) {
    const std::uint8_t kind = rest[0];
    const std::size_t length = std::min<std::size_t>(rest[1], rest.size() - 2);
    const ByteView bytes = rest.subspan(2, length);
    rest = rest.subspan(2 + length);
    switch (kind % 8) {
      case 0:
        append(script.client, bytes);
        break;
      case 1:
        append(script.client, packet(0, bytes));
        break;
      case 2:
        append(script.client, as_command(3, as_bytes(kStatements[kind / 8 % kStatements.size()])));
        break;
      case 3:
        append(script.client, as_command(0x16, as_bytes("SELECT a FROM t WHERE b = ?")));
        break;
      case 4:
        append(script.client, as_command(static_cast<std::uint8_t>(kind / 8), bytes));
        break;
      case 5:
        script.server.emplace_back(bytes.begin(), bytes.end());
        break;
      case 6:
        script.server.push_back(packet(1, bytes));
        break;
      case 7:
        script.server.push_back(as_result(bytes));
        break;
    }
  }
  return script;
}

std::shared_ptr<replication::Topology> make_topology(const Address& address) {
  auto topology = std::make_shared<replication::Topology>();
  replication::ServerView server;
  server.id = replication::ServerId(0);
  server.name = "db1";
  server.role = replication::Role::Primary;
  server.health = replication::Health::Up;
  server.address = address;
  server.version = "10.11.6-MariaDB";
  server.max_allowed_packet = 1u << 20;
  topology->cluster = "main";
  topology->revision = 1;
  topology->epoch = 1;
  topology->primary = server.id;
  topology->servers = {server};
  return topology;
}

proxy::WorkerSettings make_settings() {
  proxy::WorkerSettings settings;
  settings.dispatcher.pool = {std::chrono::seconds(60), std::chrono::seconds(1),
                              std::chrono::seconds(1)};
  settings.dispatcher.service = backend::make_login("service", "");
  settings.dispatcher.hold = std::chrono::milliseconds(1);
  settings.login_timeout = std::chrono::seconds(10);
  settings.packet_bytes_max = 1u << 26;
  settings.login.secrets = std::make_shared<backend::VerifiedSecrets>();
  settings.login.key = std::make_shared<backend::PasswordKey>();
  settings.login.checker = std::make_shared<backend::PasswordChecker>();
  settings.server_version = "5.5.5-10.11.6-MariaDB";
  return settings;
}

// One for all inputs, so that connections to the server are found in the pool.
class Harness {
 public:
  Harness()
      : socket_path_("/tmp/understudy-fuzz-" + std::to_string(::getpid())),
        worker_(make_settings(), make_topology(Address{{}, 0, socket_path_}),
                {std::make_shared<backend::ConnectionBudget>(4)}),
        server_(worker_.loop(), Address{{}, 0, socket_path_}) {
    worker_.set_accounts(std::make_shared<backend::AccountTable>(
        std::vector<backend::Account>{{"open", "%", "mysql_native_password", ""}}));
    protocol::HandshakeResponse response;
    response.capabilities = protocol::kProtocol41 | protocol::kSecureConnection |
                            protocol::kPluginAuth | protocol::kMultiStatements |
                            protocol::kPsMultiResults | protocol::kMultiResults;
    response.user = "open";
    response.plugin = protocol::kNativePasswordPlugin;
    protocol::append_handshake_response_payload(login_, response);
    login_ = packet(1, login_);
  }

  void run(const Script& script) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0) std::abort();
    server_.answers = script.server;
    worker_.add_client(net::AcceptedSocket(ends[0], "127.0.0.1:5"), ++last_id_,
                       std::make_shared<proxy::ListenerOptions>());
    send(ends[1], login_);
    send(ends[1], script.client);
    while (worker_.loop().run_for_a_while(Duration::zero()))
      drain(ends[1]);
    ::close(ends[1]);
    // Whatever was said, the session ends with its client.
    for (int round = 0; worker_.client_count() > 0; ++round) {
      if (round == 5000) std::abort();
      (void)worker_.loop().run_for_a_while(std::chrono::milliseconds(1));
    }
  }

 private:
  static void send(int socket, ByteView bytes) {
    (void)!::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  static void drain(int socket) {
    std::array<std::uint8_t, 65536> bytes;
    while (::recv(socket, bytes.data(), bytes.size(), 0) > 0) {
    }
  }

  const std::string socket_path_;
  proxy::Worker worker_;
  FakeServer server_;
  Bytes login_;
  std::uint32_t last_id_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Harness harness;
  harness.run(read_script({data, size}));
  return 0;
}
