#include "net/tls_stream.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/layered_stream.h"

namespace understudy::net {
namespace {

struct Release {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

std::string one_line(const X509_NAME* name) {
  std::array<char, 1024> text{};
  X509_NAME_oneline(name, text.data(), static_cast<int>(text.size()));
  return text.data();
}

// TLS above another stream. `unread_` is a view of the loop's own buffer.
class TlsStream final : public LayeredStream {
 public:
  TlsStream(Loop& loop, std::unique_ptr<Stream> plain, const TlsContext& context, ByteView received,
            const std::string& host);
  ~TlsStream() override { close(); }

  void write(ByteView bytes) override;
  [[nodiscard]] std::size_t pending_write_bytes() const override {
    return waiting_.size() + LayeredStream::pending_write_bytes();
  }
  [[nodiscard]] std::optional<TlsFacts> tls() const override;

 private:
  void process(ByteView bytes) override;
  void encode(ByteView bytes) override;
  [[nodiscard]] bool has_more() const override { return ready_ && SSL_pending(ssl_.get()) != 0; }
  [[nodiscard]] bool has_to_begin() const override { return !ready_; }
  void say_end() override;
  [[nodiscard]] Error end_of(const Error& why) const override;

  // The transport that OpenSSL sees.
  static BIO_METHOD* transport();
  static int read_encrypted(BIO* bio, char* out, int size);
  static int write_encrypted(BIO* bio, const char* bytes, int size);
  static long control(BIO* bio, int command, long number, void* pointer);

  void expect_name(const std::string& host);
  bool shake_hands();
  void decrypt();
  void send_waiting();
  [[nodiscard]] std::string failure() const;
  void fail(const std::string& reason);

  std::unique_ptr<SSL, Release> ssl_;
  ByteView unread_;     // encrypted, during a call
  Bytes waiting_;       // written before the handshake was over
  bool ready_ = false;  // the handshake is over
};

TlsStream::TlsStream(Loop& loop, std::unique_ptr<Stream> plain, const TlsContext& context,
                     ByteView received, const std::string& host)
    : LayeredStream(loop, std::move(plain), received), ssl_(SSL_new(context.handle())) {
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

void TlsStream::process(ByteView bytes) {
  unread_ = bytes;
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
  std::array<std::uint8_t, kTogetherBytesMax> record;  // NOLINT: every byte used is written first
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

// --- writing ---

void TlsStream::write(ByteView bytes) {
  if (ready_ || ended_) return LayeredStream::write(bytes);
  append(waiting_, bytes);
}

void TlsStream::encode(ByteView bytes) {
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

Error TlsStream::end_of(const Error& why) const {
  Error error = why;
  if (!ready_) error.message += " (during the TLS handshake)";
  return error;
}

// As far as there is TLS to say it with.
void TlsStream::say_end() {
  if (!ready_ || plain_->closed()) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
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
  end_with(std::exchange(handler_, nullptr),
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
