#include "net/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace understudy::net {
namespace {

using Handle = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

// The newest reason that OpenSSL gives; forgets all of them.
std::string reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* const text = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return text == nullptr ? "not a PEM file of that kind" : text;
}

Error wrong(const TlsFile& file, std::string_view what) {
  ERR_clear_error();
  return make_error(ErrorKind::Invalid, fmt::format("{}: {}: {}", file.name, file.path, what));
}

// OpenSSL does not say whether a file is missing, forbidden or empty.
Result<void> check_readable(const TlsFile& file) {
  errno = 0;
  std::ifstream input(file.path, std::ios::binary);
  if (!input || input.peek() == std::ifstream::traits_type::eof())
    return wrong(file, errno == 0 ? "the file is empty" : std::generic_category().message(errno));
  return {};
}

// A key with a passphrase must not make us ask at a terminal.
int no_passphrase(char* /*out*/, int /*size*/, int /*writing*/, void* /*data*/) {
  return 0;
}

Handle make_handle(const SSL_METHOD* method, TlsVersion minimum) {
  Handle handle(SSL_CTX_new(method), &SSL_CTX_free);
  SSL_CTX_set_min_proto_version(handle.get(),
                                minimum == TlsVersion::Tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(handle.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                        SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET |
                                        SSL_OP_IGNORE_UNEXPECTED_EOF);
  // An idle connection owns no buffers.
  SSL_CTX_set_mode(handle.get(), SSL_MODE_RELEASE_BUFFERS);
  // Connections of this protocol live long: resuming would cost memory for little.
  SSL_CTX_set_session_cache_mode(handle.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(handle.get(), 0);
  SSL_CTX_set_default_passwd_cb(handle.get(), no_passphrase);
  return handle;
}

Result<void> use_certificate(SSL_CTX* handle, const TlsFile& certificate, const TlsFile& key) {
  if (const auto readable = check_readable(certificate); !readable) return readable.error();
  if (const auto readable = check_readable(key); !readable) return readable.error();
  if (SSL_CTX_use_certificate_chain_file(handle, certificate.path.c_str()) != 1)
    return wrong(certificate, "is no certificate: " + reason());
  if (SSL_CTX_use_PrivateKey_file(handle, key.path.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    if (mismatch) return wrong(key, "does not belong to the certificate " + certificate.path);
    return wrong(key, "is no private key without a passphrase: " + reason());
  }
  if (SSL_CTX_check_private_key(handle) != 1)
    return wrong(key, "does not belong to the certificate " + certificate.path);
  return {};
}

Result<void> trust(SSL_CTX* handle, const TlsFile& ca) {
  if (const auto readable = check_readable(ca); !readable) return readable.error();
  if (SSL_CTX_load_verify_locations(handle, ca.path.c_str(), nullptr) != 1)
    return wrong(ca, "has no certificate of an authority: " + reason());
  return {};
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsServerSettings& settings) {
  Handle handle = make_handle(TLS_server_method(), settings.minimum);
  if (const auto used = use_certificate(handle.get(), settings.certificate, settings.key); !used)
    return used.error();
  if (!settings.ca.path.empty()) {
    if (const Result<void> trusted = trust(handle.get(), settings.ca); !trusted)
      return trusted.error();
    // Tells clients which of their certificates to show; who shows none is let in.
    SSL_CTX_set_client_CA_list(handle.get(), SSL_load_client_CA_file(settings.ca.path.c_str()));
    SSL_CTX_set_verify(handle.get(), SSL_VERIFY_PEER, nullptr);
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(handle.release(), true));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsClientSettings& settings) {
  Handle handle = make_handle(TLS_client_method(), settings.minimum);
  if (!settings.certificate.path.empty()) {
    if (const auto used = use_certificate(handle.get(), settings.certificate, settings.key); !used)
      return used.error();
  }
  if (!settings.ca.path.empty()) {
    if (const Result<void> trusted = trust(handle.get(), settings.ca); !trusted)
      return trusted.error();
  } else {
    SSL_CTX_set_default_verify_paths(handle.get());
  }
  if (settings.verify != TlsVerify::None)
    SSL_CTX_set_verify(handle.get(), SSL_VERIFY_PEER, nullptr);
  std::shared_ptr<TlsContext> context(new TlsContext(handle.release(), false));
  context->checks_names_ = settings.verify == TlsVerify::Name;
  return std::shared_ptr<const TlsContext>(std::move(context));
}

TlsContext::~TlsContext() {
  SSL_CTX_free(handle_);
}

}  // namespace understudy::net
