#include "backend/connection_opening.h"

#include <fmt/format.h>

#include "backend/compression.h"
#include "backend/password_key.h"
#include "net/tls_stream.h"
#include "protocol/constants.h"

namespace understudy::backend {
namespace {

// By which a server's administrator tells our connections from those of clients that came by
// themselves.
constexpr std::string_view kProxyAttribute = "_proxy";
constexpr std::string_view kProxyName = "understudy";

net::TlsSource::Rules tls_rules(const ConnectOptions& options) {
  if (options.login->tls == nullptr || options.address.is_unix()) return {};
  return options.login->tls->current();
}

protocol::TlsUse tls_use(const net::TlsSource::Rules& rules) {
  if (rules.required) return protocol::TlsUse::Always;
  return rules.context != nullptr ? protocol::TlsUse::IfOffered : protocol::TlsUse::Never;
}

protocol::ClientHandshakeOptions handshake_options(const ConnectOptions& options,
                                                   const net::TlsSource::Rules& tls) {
  protocol::ClientHandshakeOptions handshake;
  handshake.user = options.login->user;
  handshake.has_password = options.login->has_password;
  handshake.password_sha1 = options.login->password_sha1;
  handshake.password = options.login->password;
  handshake.schema = options.schema;
  handshake.capabilities = options.login->capabilities;
  handshake.attributes = options.login->attributes.encoded;
  protocol::append_attribute(handshake.attributes, kProxyAttribute, kProxyName);
  handshake.collation = static_cast<std::uint8_t>(options.login->collation);
  handshake.tls = tls_use(tls);
  handshake.compression = options.login->compression;
  handshake.secure_transport = options.address.is_unix();
  handshake.encrypt = encrypt_password;
  return handshake;
}

// What is run first on a connection that serves clients.
std::string session_setup(const ServerConnection& connection) {
  std::string setup = connection.dialect().session_setup(connection.read_only());
  // A login with this flag has another sql_mode than the server's default: to be reported, too.
  if ((connection.capabilities() & protocol::kIgnoreSpace) != 0) setup += ", sql_mode=@@sql_mode";
  return setup;
}

}  // namespace

ConnectionOpening::ConnectionOpening(net::Loop& loop, ConnectOptions options,
                                     ServerConnection::OpenCallback done)
    : loop_(loop),
      options_(std::move(options)),
      tls_(tls_rules(options_)),
      done_(std::move(done)),
      handshake_(handshake_options(options_, tls_)),
      deadline_(loop) {
  deadline_.start(options_.timeout, [this] {
    fail(make_error(ErrorKind::Timeout,
                    fmt::format("no login within {} ms", to_ms(options_.timeout))));
  });
  connecting_ = net::connect(
      loop_, options_.address, options_.timeout,
      [this](Result<std::unique_ptr<net::Stream>> stream) { connected(std::move(stream)); });
}

void ConnectionOpening::connected(Result<std::unique_ptr<net::Stream>> stream) {
  if (!stream) return fail(std::move(stream).error());
  stream_ = std::move(stream).value();
  stream_->set_handler(this);
  stream_->start();
}

void ConnectionOpening::on_data(ByteView bytes) {
  Bytes reply;
  if (const Result<void> fed = handshake_.feed(bytes, reply); !fed) return fail(fed.error());
  if (handshake_.wants_tls()) return begin_tls(reply);
  if (!reply.empty()) stream_->write(reply);
  if (handshake_.done()) logged_in();
}

void ConnectionOpening::begin_tls(ByteView request) {
  if (tls_.context == nullptr)
    return fail(make_error(ErrorKind::Unsupported,
                           "TLS is required, but its certificates could not be read"));
  stream_->write(request);
  stream_ = net::start_tls(loop_, std::move(stream_), *tls_.context, {}, options_.address.host);
  stream_->set_handler(this);
  stream_->start();
  Bytes response;
  handshake_.tls_started(response);
  stream_->write(response);
}

void ConnectionOpening::on_closed(const Error& why) {
  // Nothing was asked of the server yet: to the caller this is a server that cannot be reached.
  Error error = why;
  error.kind = ErrorKind::Unreachable;
  fail(std::move(error));
}

void ConnectionOpening::logged_in() {
  const protocol::Compression compression = protocol::agreed_compression(handshake_.capabilities());
  std::unique_ptr<AnswerNumbers> numbers;
  if (compression != protocol::Compression::None) {
    CompressedServer compressed = compress_server(loop_, std::move(stream_), compression);
    stream_ = std::move(compressed.stream);
    numbers = std::move(compressed.numbers);
    stream_->start();
  }
  connection_.reset(new ServerConnection(options_, std::move(stream_), handshake_));
  connection_->numbers_ = std::move(numbers);
  if (!options_.track_session) return finish(std::move(connection_));
  setup_.start(*connection_, session_setup(*connection_), [this](const Result<TextResult>& result) {
    if (!result) return fail(result.error());
    connection_->login_state_ = connection_->state_.take_login_state();
    finish(std::move(connection_));
  });
}

void ConnectionOpening::fail(Error why) {
  why.message = fmt::format("server {} ({}): {}", options_.server_name, to_string(options_.address),
                            why.message);
  finish(std::move(why));
}

// The callback may destroy this.
void ConnectionOpening::finish(Result<std::unique_ptr<ServerConnection>> result) {
  deadline_.cancel();
  ServerConnection::OpenCallback done = std::move(done_);
  done(std::move(result));
}

std::unique_ptr<ServerConnection::Attempt> ServerConnection::open(net::Loop& loop,
                                                                  ConnectOptions options,
                                                                  OpenCallback done) {
  return std::make_unique<ConnectionOpening>(loop, std::move(options), std::move(done));
}

}  // namespace understudy::backend
