#include "backend/password_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace understudy::backend {
namespace {

constexpr unsigned kKeyBits = 2048;
constexpr std::size_t kPemBytesMax = 16UL * 1024;

struct Release {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Release>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Release>;
using Memory = std::unique_ptr<BIO, Release>;

std::string public_pem(EVP_PKEY* key) {
  const Memory memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(memory.get(), key);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

using Begin = int (*)(EVP_PKEY_CTX*);
using Run = int (*)(EVP_PKEY_CTX*, unsigned char*, std::size_t*, const unsigned char*, std::size_t);

// Both directions take the same steps.
std::optional<Bytes> run(EVP_PKEY* key, Begin begin, Run step, ByteView bytes) {
  const Context context(EVP_PKEY_CTX_new(key, nullptr));
  std::size_t size = 0;
  const bool ready = context != nullptr && begin(context.get()) == 1 &&
                     EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
                     step(context.get(), nullptr, &size, bytes.data(), bytes.size()) == 1;
  Bytes out(ready ? size : 0);
  const bool done =
      ready && step(context.get(), out.data(), &size, bytes.data(), bytes.size()) == 1;
  ERR_clear_error();
  if (!done) return std::nullopt;
  out.resize(size);
  return out;
}

}  // namespace

struct PasswordKey::Made {
  Key key{EVP_RSA_gen(kKeyBits)};
  std::string pem = public_pem(key.get());
};

PasswordKey::PasswordKey() = default;
PasswordKey::~PasswordKey() = default;

void PasswordKey::prepare() {
  const std::lock_guard lock(mutex_);
  if (made_.valid()) return;
  made_ = std::async(std::launch::async, []() -> std::unique_ptr<const Made> {
            return std::make_unique<Made>();
          }).share();
}

const PasswordKey::Made* PasswordKey::made() const {
  std::shared_future<std::unique_ptr<const Made>> made;
  {
    const std::lock_guard lock(mutex_);
    made = made_;
  }
  return made.valid() ? made.get().get() : nullptr;
}

std::string_view PasswordKey::pem() const {
  const Made* const key = made();
  return key == nullptr ? std::string_view() : std::string_view(key->pem);
}

std::optional<Bytes> PasswordKey::decrypt(ByteView bytes) const {
  const Made* const key = made();
  if (key == nullptr) return std::nullopt;
  return run(key->key.get(), EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, bytes);
}

std::optional<Bytes> encrypt_password(std::string_view pem, ByteView bytes) {
  if (pem.size() > kPemBytesMax) return std::nullopt;
  const Memory memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Key key(PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return std::nullopt;
  return run(key.get(), EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, bytes);
}

}  // namespace understudy::backend
