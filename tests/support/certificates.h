#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/assert.h"

namespace understudy::test {

// A folder of certificates for a test, gone with it: an authority, and what it signs.
class Certificates {
 public:
  Certificates() : authority_key_(EVP_EC_gen("P-256")), authority_(X509_new()) {
    std::string pattern = std::filesystem::temp_directory_path() / "understudy-tls-XXXXXX";
    ASSERT(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    fill(*authority_, "authority", *authority_key_);
    extend(*authority_, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(authority_.get(), authority_key_.get(), EVP_sha256());
    write(ca(), [&](FILE* file) { PEM_write_X509(file, authority_.get()); });
  }
  ~Certificates() { std::filesystem::remove_all(folder_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  // Makes NAME.pem and NAME.key, for the hosts "IP:127.0.0.1,DNS:db1.example".
  void issue(const std::string& name, const std::string& hosts = "IP:127.0.0.1") {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate made(X509_new());
    fill(*made, name, *key);
    extend(*made, NID_subject_alt_name, hosts);
    X509_sign(made.get(), authority_key_.get(), EVP_sha256());
    write(certificate(name), [&](FILE* file) { PEM_write_X509(file, made.get()); });
    write(this->key(name), [&](FILE* file) {
      PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

  [[nodiscard]] std::string ca() const { return folder_ / "ca.pem"; }
  [[nodiscard]] std::string certificate(const std::string& name) const {
    return folder_ / (name + ".pem");
  }
  [[nodiscard]] std::string key(const std::string& name) const { return folder_ / (name + ".key"); }

 private:
  struct Release {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Release>;
  using Certificate = std::unique_ptr<X509, Release>;

  void fill(X509& made, const std::string& name, EVP_PKEY& key) {
    X509_set_version(&made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(&made), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(&made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(&made), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(&made), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(&made, X509_get_subject_name(authority_.get()));
    X509_set_pubkey(&made, &key);
  }
  static void extend(X509& made, int kind, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(&made, extension, -1);
    X509_EXTENSION_free(extension);
  }
  template <typename Write>
  static void write(const std::string& path, Write content) {
    FILE* const file = std::fopen(path.c_str(), "w");
    ASSERT(file != nullptr);
    content(file);
    std::fclose(file);
  }

  std::filesystem::path folder_;
  Key authority_key_;
  Certificate authority_;
  long serial_ = 0;
};

}  // namespace understudy::test
