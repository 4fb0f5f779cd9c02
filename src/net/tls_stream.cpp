#include "net/tls_stream.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/destruction_watch.h"
#include "net/loop_core.h"
#include "net/timer.h"
#include "net/unsent.h"

namespace understudy::net {
namespace {

constexpr std::size_t kRecordBytesMax = 16UL * 1024;

struct Release {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

std::string one_line(const X509_NAME* name) {
  std::array<char, 1024> text{};
  X509_NAME_oneline(name, text.data(), static_cast<int>(text.size()));
  return text.data();
}

// TLS above another stream: what comes from it is decrypted at once, without being copied first
// (`unread_` is a view of the loop's own buffer), unless reading is paused.
class TlsStream final : public Stream, private StreamHandler, private Unsent::Writer {
 public:
  TlsStream(Loop& loop, std::unique_ptr<Stream> plain, const TlsContext& context, ByteView received,
            const std::string& host);
  ~TlsStream() override { close(); }

  void set_handler(StreamHandler* handler) override {
    handler_ = handler;
    take_up();
  }
  void start() override;
  void write(ByteView bytes) override;
  [[nodiscard]] std::size_t pending_write_bytes() const override {
    return waiting_.size() + (plain_ ? plain_->pending_write_bytes() : 0);
  }
  void pause_reading() override;
  void resume_reading() override;
  void close() override;
  void close_after_flush() override;
  [[nodiscard]] AcceptedSocket release() override { return plain_->release(); }
  [[nodiscard]] bool closed() const override { return plain_ == nullptr || plain_->closed(); }
  [[nodiscard]] const std::string& peer_address() const override { return peer_address_; }
  [[nodiscard]] std::optional<TlsFacts> tls() const override;

 private:
  void on_data(ByteView bytes) override;
  void on_closed(const Error& why) override;
  void on_drained() override {
    if (handler_ != nullptr) handler_->on_drained();
  }
  void flush() override;

  // The transport that OpenSSL sees.
  static BIO_METHOD* transport();
  static int read_encrypted(BIO* bio, char* out, int size);
  static int write_encrypted(BIO* bio, const char* bytes, int size);
  static long control(BIO* bio, int command, long number, void* pointer);

  void expect_name(const std::string& host);
  void process();
  bool shake_hands();
  void decrypt();
  void take_up();
  void take_held();
  void send_waiting();
  void encrypt(ByteView bytes);
  void end();
  [[nodiscard]] std::string failure() const;
  void fail(const std::string& reason);

  Loop& loop_;
  std::unique_ptr<Stream> plain_;
  const std::string peer_address_;
  std::unique_ptr<SSL, Release> ssl_;
  StreamHandler* handler_ = nullptr;
  ByteView unread_;               // encrypted, during a call
  Bytes held_;                    // encrypted, while reading is paused or has not begun
  Bytes waiting_;                 // written before the handshake was over
  Bytes collected_;               // written in this handler call: one record, if it is small
  std::unique_ptr<Timer> later_;  // takes what was held, from the loop
  bool started_ = false;
  bool paused_ = false;
  bool ready_ = false;   // the handshake is over
  bool ended_ = false;   // no handler is called any more
  bool queued_ = false;  // flush() comes at the end of the handler call
  WatchPoint life_;
};

TlsStream::TlsStream(Loop& loop, std::unique_ptr<Stream> plain, const TlsContext& context,
                     ByteView received, const std::string& host)
    : loop_(loop),
      plain_(std::move(plain)),
      peer_address_(plain_->peer_address()),
      ssl_(SSL_new(context.handle())),
      held_(received.begin(), received.end()) {
  ASSERT(ssl_);
  BIO* const bio = BIO_new(transport());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  if (context.for_server()) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
    if (context.checks_names()) expect_name(host);
  }
  plain_->set_handler(this);
}

void TlsStream::expect_name(const std::string& host) {
  X509_VERIFY_PARAM* const rules = SSL_get0_param(ssl_.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1) return;
  ERR_clear_error();
  X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size());
  SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
}

// --- what OpenSSL calls ---

BIO_METHOD* TlsStream::transport() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "understudy stream");
    BIO_meth_set_read(made, read_encrypted);
    BIO_meth_set_write(made, write_encrypted);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

int TlsStream::read_encrypted(BIO* bio, char* out, int size) {
  auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const std::size_t count = std::min(self.unread_.size(), static_cast<std::size_t>(size));
  if (count == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  std::copy_n(self.unread_.begin(), count, out);
  self.unread_ = self.unread_.subspan(count);
  return static_cast<int>(count);
}

int TlsStream::write_encrypted(BIO* bio, const char* bytes, int size) {
  auto& self = *static_cast<TlsStream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  self.plain_->write(as_bytes({bytes, static_cast<std::size_t>(size)}));
  return size;
}

long TlsStream::control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// --- reading ---

void TlsStream::start() {
  if (ended_) return;
  started_ = true;
  plain_->start();
  take_up();
}

// Later: no handler is called inside the owner's calls.
void TlsStream::take_up() {
  if (ended_ || !started_ || paused_ || handler_ == nullptr) return;
  if (ready_ && held_.empty() && SSL_pending(ssl_.get()) == 0) return plain_->resume_reading();
  later_ = std::make_unique<Timer>(loop_);
  later_->start({}, [this] { take_held(); });
}

void TlsStream::on_data(ByteView bytes) {
  if (!started_ || paused_ || !held_.empty()) return append(held_, bytes);
  unread_ = bytes;
  process();
}

void TlsStream::take_held() {
  if (paused_ || ended_) return;
  const Bytes taken = std::exchange(held_, {});
  const DestructionWatch watch(life_);
  unread_ = taken;
  process();
  if (watch.destroyed() || ended_ || paused_) return;
  later_.reset();
  plain_->resume_reading();
}

// Uses `unread_` up, or keeps the rest for later.
void TlsStream::process() {
  const DestructionWatch watch(life_);
  if (ready_ || shake_hands()) decrypt();
  if (watch.destroyed()) return;
  if (!ended_) append(held_, unread_);
  unread_ = {};
}

bool TlsStream::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ) fail(failure());
    return false;
  }
  ready_ = true;
  const DestructionWatch watch(life_);
  send_waiting();
  return !watch.destroyed() && !ended_;
}

void TlsStream::decrypt() {
  const DestructionWatch watch(life_);
  std::array<std::uint8_t, kRecordBytesMax> record;  // NOLINT: every byte used is written first
  while (!paused_ && handler_ != nullptr) {
    ERR_clear_error();
    const int count = SSL_read(ssl_.get(), record.data(), static_cast<int>(record.size()));
    if (count <= 0) {
      const int error = SSL_get_error(ssl_.get(), count);
      if (error == SSL_ERROR_ZERO_RETURN) return fail("closed by the peer");
      if (error != SSL_ERROR_WANT_READ) fail(failure());
      return;
    }
    handler_->on_data(ByteView(record).first(static_cast<std::size_t>(count)));
    if (watch.destroyed() || ended_) return;
  }
}

void TlsStream::pause_reading() {
  paused_ = true;
  if (!ended_) plain_->pause_reading();
}

void TlsStream::resume_reading() {
  if (std::exchange(paused_, false)) take_up();
}

// --- writing ---

void TlsStream::write(ByteView bytes) {
  if (ended_) return;
  if (!ready_) return append(waiting_, bytes);
  Unsent& unsent = loop_.core().unsent;
  if (!unsent.collecting() || collected_.size() + bytes.size() > kRecordBytesMax) {
    flush();
    return encrypt(bytes);
  }
  if (collected_.capacity() == 0) collected_ = unsent.take_buffer();
  append(collected_, bytes);
  if (!std::exchange(queued_, true)) unsent.add(*this);
}

void TlsStream::flush() {
  if (std::exchange(queued_, false)) loop_.core().unsent.remove(*this);
  if (collected_.capacity() == 0) return;
  Bytes collected = std::exchange(collected_, {});
  if (!ended_) encrypt(collected);
  loop_.core().unsent.give_back(std::move(collected));
}

void TlsStream::encrypt(ByteView bytes) {
  // Our transport takes everything, so this fails only after a failure that was found already.
  while (!bytes.empty()) {
    const std::size_t part = std::min<std::size_t>(bytes.size(), std::size_t{1} << 30);
    ERR_clear_error();
    const int count = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(part));
    if (count <= 0) return;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void TlsStream::send_waiting() {
  if (waiting_.empty()) return;
  write(std::exchange(waiting_, {}));
  if (plain_->pending_write_bytes() == 0 && handler_ != nullptr) handler_->on_drained();
}

// --- ending ---

void TlsStream::on_closed(const Error& why) {
  ended_ = true;
  flush();  // forgets it
  StreamHandler* const handler = std::exchange(handler_, nullptr);
  if (handler == nullptr) return;
  Error error = why;
  if (!ready_) error.message += " (during the TLS handshake)";
  handler->on_closed(error);
}

// Says so to the peer as far as there is TLS to say it with.
void TlsStream::end() {
  flush();
  if (ready_ && !plain_->closed()) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ended_ = true;
  handler_ = nullptr;
  later_.reset();
}

void TlsStream::close() {
  if (ended_) return;
  end();
  plain_->close();
}

void TlsStream::close_after_flush() {
  if (ended_) return;
  end();
  plain_->close_after_flush();
}

// Why the handshake or a record was refused, in the words of OpenSSL or of the certificate check.
std::string TlsStream::failure() const {
  const long verified = SSL_get_verify_result(ssl_.get());
  if (!ready_ && verified != X509_V_OK)
    return fmt::format("the certificate is not accepted: {}",
                       X509_verify_cert_error_string(verified));
  const unsigned long code = ERR_peek_error();
  const char* const text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return fmt::format("{}: {}", ready_ ? "TLS" : "TLS handshake", text == nullptr ? "failed" : text);
}

// The peer is told why by an alert, which a reset must not overtake.
void TlsStream::fail(const std::string& reason) {
  StreamHandler* const handler = std::exchange(handler_, nullptr);
  ended_ = true;
  flush();  // forgets it
  later_.reset();
  close_in_background(loop_, std::move(plain_));
  if (handler != nullptr)
    handler->on_closed(
        make_error(ErrorKind::Lost, fmt::format("connection to {}: {}", peer_address_, reason)));
}

std::optional<TlsFacts> TlsStream::tls() const {
  if (!ready_) return std::nullopt;
  TlsFacts facts{SSL_get_version(ssl_.get()), SSL_get_cipher_name(ssl_.get()), {}, {}};
  const std::unique_ptr<X509, Release> certificate(SSL_get1_peer_certificate(ssl_.get()));
  if (certificate != nullptr && SSL_get_verify_result(ssl_.get()) == X509_V_OK) {
    facts.subject = one_line(X509_get_subject_name(certificate.get()));
    facts.issuer = one_line(X509_get_issuer_name(certificate.get()));
  }
  return facts;
}

}  // namespace

std::unique_ptr<Stream> start_tls(Loop& loop, std::unique_ptr<Stream> plain,
                                  const TlsContext& context, ByteView received,
                                  const std::string& host) {
  return std::make_unique<TlsStream>(loop, std::move(plain), context, received, host);
}

}  // namespace understudy::net
