#include "proxy/client_session.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "net/tls_stream.h"
#include "protocol/commands.h"
#include "protocol/constants.h"
#include "protocol/err_packet.h"
#include "proxy/own_answers.h"
#include "proxy/worker.h"

namespace understudy::proxy {
namespace {

// A client that is this far behind slows its server down; it is sent more when it has caught up.
constexpr std::size_t kPendingBytesMax = 256 * 1024;

// Bytes for the client to prove its password with; zeros would end them early in some clients.
std::optional<protocol::Scramble> random_scramble() {
  protocol::Scramble scramble{};
  if (RAND_bytes(scramble.data(), static_cast<int>(scramble.size())) != 1) return std::nullopt;
  for (std::uint8_t& byte : scramble)
    byte = static_cast<std::uint8_t>(byte % 94 + 33);
  return scramble;
}

// How long a greeting waits for the first server's answer.
constexpr Duration kGreetingWait = std::chrono::seconds(1);
constexpr Duration kGreetingRetry = std::chrono::milliseconds(5);

net::TlsSource::Rules tls_rules(const ListenerOptions& options) {
  return options.tls == nullptr ? net::TlsSource::Rules() : options.tls->current();
}

bool is_proxy(const ListenerOptions& options, std::string_view peer_address) {
  return options.proxy_networks != nullptr &&
         std::ranges::any_of(*options.proxy_networks, [&](const Network& network) {
           return network.contains(host_of(peer_address));
         });
}

}  // namespace

ClientSession::ClientSession(Worker& worker, std::uint32_t id, std::unique_ptr<net::Stream> stream,
                             std::shared_ptr<const ListenerOptions> options)
    : worker_(worker),
      id_(id),
      options_(std::move(options)),
      stream_(std::move(stream)),
      commands_(worker.settings().packet_bytes_max, &worker.buffers()),
      writer_(worker.scratch()),
      statements_(worker.statement_texts()) {}

void ClientSession::start() {
  stream_->set_handler(this);
  const auto scramble = random_scramble();
  if (!scramble) return end();
  scramble_ = *scramble;
  greet_by_ = net::Loop::now() + kGreetingWait;
  greet();
}

// What the servers are is known soon after the start; the greeting says it.
void ClientSession::greet() {
  if (login_timer_ == nullptr) login_timer_ = std::make_unique<net::Timer>(worker_.loop());
  if (!worker_.knows_version() && net::Loop::now() < greet_by_)
    return login_timer_->start(kGreetingRetry, [this] { greet(); });
  login_ = std::make_unique<ClientLogin>(worker_.settings().login, login_options());
  start_login_timer();
  stream_->write(login_->greeting());
  stream_->start();
}

ClientLogin::Options ClientSession::login_options() const {
  const net::TlsSource::Rules tls = tls_rules(*options_);
  return {worker_.server_version(), id_,          scramble_,
          tls.context != nullptr,   tls.required, is_proxy(*options_, stream_->peer_address()),
          options_->compression};
}

void ClientSession::start_login_timer() {
  if (login_timer_ == nullptr) login_timer_ = std::make_unique<net::Timer>(worker_.loop());
  login_timer_->start(worker_.settings().login_timeout, [this] {
    refuse_login(make_error(ErrorKind::Timeout, "the login took too long"));
  });
}

void ClientSession::drain() {
  draining_ = true;
  if (state_ == State::Ready && !session_->holding()) end();
  if (state_ == State::LoggingIn) end();
}

void ClientSession::on_data(ByteView bytes) {
  if (state_ == State::Closing) return;
  if (state_ == State::LoggingIn) return log_in(bytes);
  if (state_ == State::SendingFile) return take_file(bytes);
  commands_.set_payload_bytes_max(worker_.packet_bytes_max());
  commands_.feed(bytes);
  next_commands();
  commands_.keep_rest();
}

void ClientSession::on_closed(const Error& /*why*/) {
  state_ = State::Closing;
  worker_.remove(id_);
}

void ClientSession::on_drained() {
  if (session_) session_->resume();
}

// --- login ---

void ClientSession::log_in(ByteView bytes) {
  Bytes reply;
  const auto progress = login_->feed(bytes, peer(), worker_.accounts(), reply);
  go_on_with_login(progress, reply);
}

void ClientSession::password_checked(bool right) {
  if (state_ != State::LoggingIn) return;
  Bytes reply;
  const auto progress = login_->checked(right, peer(), reply);
  go_on_with_login(progress, reply);
  if (state_ != State::Closing) stream_->resume_reading();
}

void ClientSession::go_on_with_login(const Result<ClientLogin::Progress>& progress,
                                     ByteView reply) {
  using Progress = ClientLogin::Progress;
  if (!progress) return refuse_login(progress.error());
  if (!reply.empty()) stream_->write(reply);
  if (*progress == Progress::StartTls) begin_tls(login_->take_rest());
  if (*progress == Progress::Accepted) open_session(login_->verdict());
  if (*progress != Progress::Checks) return;
  stream_->pause_reading();
  worker_.check_password(id_, login_->pending());
}

void ClientSession::begin_tls(ByteView received) {
  const net::TlsSource::Rules tls = tls_rules(*options_);
  if (tls.context == nullptr) return end();  // withdrawn since the greeting
  stream_ = net::start_tls(worker_.loop(), std::move(stream_), *tls.context, received);
  stream_->set_handler(this);
  stream_->start();
}

ClientLogin::Peer ClientSession::peer() const {
  const std::string& address = stream_->peer_address();
  return {host_of(address), address.starts_with("unix:"), stream_->tls()};
}

void ClientSession::refuse_login(const Error& why) {
  writer_.attach(*stream_, 0);
  writer_.begin_answer(login_->reply_sequence());
  writer_.error(why);
  end();
}

void ClientSession::open_session(const LoginVerdict& verdict) {
  session_ =
      std::make_unique<backend::Session>(worker_.dispatcher(), verdict.login, options_->session);
  writer_.attach(*stream_, verdict.client_capabilities);
  writer_.begin_answer(verdict.sequence);
  login_timer_.reset();
  capabilities_ = verdict.client_capabilities;
  collation_ = static_cast<std::uint8_t>(verdict.login->collation);
  zstd_level_ = verdict.zstd_level;
  source_ = verdict.source;
  schema_ = verdict.schema;
  // What came behind the login already are commands, or it breaks the order of packets.
  if (const Bytes rest = login_->take_rest(); !rest.empty()) {
    commands_.feed(rest);
    commands_.keep_rest();
  }
  login_.reset();  // and the verdict with it
  if (schema_.empty()) return finish_login({});
  // The server knows whether the schema exists and whether this user may use it.
  state_ = State::SelectingSchema;
  Bytes& command = schema_at_login_->command;
  protocol::append_init_db(command, schema_);
  select_schema(command, schema_);
}

void ClientSession::finish_login(const Result<void>& schema_selected) {
  if (!schema_selected) {
    writer_.error(schema_selected.error());
    return end();
  }
  writer_.ok(session_->status());
  since_ = net::Loop::now();
  state_ = State::Ready;
  begin_compression();
  // Else the caller's loop over commands goes on by itself.
  if (!changing_user_) next_commands();
}

// The login's OK is the last that goes as it is. A change of user changes nothing of it.
void ClientSession::begin_compression() {
  const protocol::Compression agreed = protocol::agreed_compression(capabilities_);
  if (agreed == protocol::Compression::None || compressed_ != nullptr) return;
  backend::CompressedClient client = backend::compress_client(
      worker_.loop(), std::move(stream_), agreed, zstd_level_, commands_.take_rest());
  stream_ = std::move(client.stream);
  compressed_ = std::move(client.answers);
  stream_->set_handler(this);
  stream_->start();
  writer_.attach(*stream_, capabilities_);
}

// Takes commands until one has to wait for a server, or the client's bytes end.
void ClientSession::next_commands() {
  while (state_ == State::Ready) {
    if (draining_ && !session_->holding()) return end();
    const auto packet = commands_.next();
    if (compressed_ != nullptr && (!packet || *packet)) compressed_->begin();
    if (!packet) {
      writer_.begin_answer(commands_.refusal_sequence());
      writer_.error(packet.error());
      return end();
    }
    if (!*packet) break;
    if ((*packet)->payload.empty()) {
      writer_.error(make_error(ErrorKind::Invalid, 1835, "HY000",
                               "Malformed communication packet: it is empty"));
      return end();
    }
    handle(**packet);
  }
  if (state_ == State::Ready) rest();
  throttle_client();
}

sql::Classification& ClientSession::what() {
  if (what_ == nullptr) what_ = worker_.spare_classifications().take();
  return *what_;
}

Bytes& ClientSession::rewriting() {
  worker_.buffers().lend(rewritten_);
  rewritten_.clear();
  return rewritten_;
}

// An idle client owns nothing that only a command needs: there are many of them.
void ClientSession::rest() {
  worker_.spare_classifications().give_back(std::move(what_));
  worker_.buffers().give_back(std::exchange(rewritten_, {}));
}

// A client that sends commands ahead of the answers waits when it is too far ahead.
void ClientSession::throttle_client() {
  if (state_ == State::Closing) return;
  if (commands_.buffered_bytes() > kPendingBytesMax && state_ == State::Running) {
    stream_->pause_reading();
  } else {
    stream_->resume_reading();
  }
}

// --- answers ---

void ClientSession::answer_own(std::string_view text) {
  switch (what().own) {
    case sql::OwnStatement::SelectToken:
      return answer_token();
    case sql::OwnStatement::ShowStatus:
      return writer_.table(status_table(*worker_.dispatcher().topology()), session_->status());
    case sql::OwnStatement::Kill:
      return handle_kill(text);
    case sql::OwnStatement::ShowRoute:
      return writer_.table(route_table(*session_), session_->status());
    default:
      break;
  }
  const Result<void> applied = apply_own_setting(what(), *session_);
  if (applied) {
    writer_.ok(session_->status());
  } else {
    writer_.error(applied.error());
  }
}

void ClientSession::answer_token() {
  state_ = State::Running;
  answering_token_ = true;
  session_->fetch_seen([this](Result<std::string> token) {
    if (state_ == State::Closing) return;
    if (token) {
      writer_.table(token_table(std::move(token).value()), session_->status());
    } else {
      writer_.error(token.error());
    }
    state_ = State::Ready;
    // It may be known at once, while the caller's loop over commands goes on by itself.
    if (!answering_token_) next_commands();
  });
  answering_token_ = false;
}

void ClientSession::on_step(const protocol::ScanStep& step) {
  if (state_ == State::Closing) return;
  if (state_ == State::SelectingSchema) {
    if (step.kind != protocol::PacketKind::Err) return;
    const auto err = protocol::parse_err(step.payload);
    schema_at_login_->refused = err ? protocol::to_error(*err) : err.error();
    return;
  }
  if (step.kind == protocol::PacketKind::PrepareOk) note_prepared(step);
  writer_.pass(step, session_->server_capabilities(), preparing_);
  if (step.kind == protocol::PacketKind::LocalInfile)
    return begin_file(static_cast<std::uint8_t>(step.sequence + 1));
  answer_passed_ = true;
  if (stream_->pending_write_bytes() > kPendingBytesMax) session_->pause();
}

// The form is that of the client's own login, and there is no session change in it.
void ClientSession::on_cached(ByteView answer) {
  if (state_ != State::Closing) stream_->write(answer);
}

void ClientSession::note_prepared(const protocol::ScanStep& step) {
  // status 1, id 4, columns 2, parameters 2.
  ByteReader reader(step.payload);
  reader.take(5);
  preparing_->column_count = reader.u16();
  preparing_->parameter_count = reader.u16();
  prepared_ = true;
}

void ClientSession::on_finished(Result<void> result, bool started) {
  running_text_ = {};
  since_ = net::Loop::now();
  if (state_ == State::Closing) return;
  if (state_ == State::SelectingSchema) {
    if (schema_at_login_->refused) result = *schema_at_login_->refused;
    schema_at_login_.reset();
    return finish_login(result);
  }
  if (state_ == State::SendingFile) {
    file_->result = std::move(result);
    return stream_->resume_reading();  // what is left of the file is of no use
  }
  if (std::exchange(setting_option_, false) && result.ok())
    session_->set_multi_statements(multi_statements_);
  if (preparing_ != nullptr) {
    if (!prepared_) statements_.remove(preparing_->id);
    preparing_ = nullptr;
    prepared_ = false;
  }
  if (!result) {
    // After a part of an answer only the end of the connection is clear.
    if (started && answer_passed_) return end();
    writer_.error(result.error());
  }
  if (session_->lost_state()) return end();
  state_ = State::Ready;
  next_commands();
}

// Lets the last bytes go out. This object goes later: its callers are still on the stack.
void ClientSession::end() {
  if (state_ == State::Closing) return;
  state_ = State::Closing;
  net::close_in_background(worker_.loop(), std::move(stream_));
  worker_.remove(id_);
}

}  // namespace understudy::proxy
