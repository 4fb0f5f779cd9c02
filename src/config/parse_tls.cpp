#include "config/parse_tls.h"

#include <array>

namespace understudy::config {
namespace {

template <typename T>
using Word = std::pair<std::string_view, T>;

constexpr std::array kVersions{Word<TlsVersion>{"1.2", TlsVersion::Tls12},
                               Word<TlsVersion>{"1.3", TlsVersion::Tls13}};
constexpr std::array kVerifications{Word<TlsVerify>{"none", TlsVerify::None},
                                    Word<TlsVerify>{"ca", TlsVerify::Ca},
                                    Word<TlsVerify>{"full", TlsVerify::Full}};
constexpr std::array kCompressions{Word<Compression>{"off", Compression::Off},
                                   Word<Compression>{"zlib", Compression::Zlib},
                                   Word<Compression>{"zstd", Compression::Zstd}};

void require_pair(TableReader& reader, const FileSetting& certificate, const FileSetting& key) {
  if (certificate.empty() != key.empty())
    reader.problem("certificate", "certificate and key belong together; write both");
}

}  // namespace

void read_tls(TableReader& owner, Tls& tls) {
  const toml::table* table = owner.table("tls");
  if (table == nullptr) return;
  TableReader reader(*table, owner.full_key("tls"), owner.problems());
  reader.file("certificate", tls.certificate);
  reader.file("key", tls.key);
  reader.file("ca", tls.ca);
  reader.boolean("required", tls.required);
  reader.word<TlsVersion>("minimum_version", tls.minimum_version, kVersions);
  reader.finish();
  require_pair(reader, tls.certificate, tls.key);
  if (tls.certificate.empty() && (tls.required || !tls.ca.empty()))
    reader.problem("certificate", "missing; write the paths of certificate and key");
}

void read_backend(TableReader& top, BackendTls& tls, Compression& compression) {
  const toml::table* backend = top.table("backend");
  if (backend == nullptr) return;
  TableReader owner(*backend, "backend", top.problems());
  const toml::table* table = owner.table("tls");
  owner.word<Compression>("compression", compression, kCompressions);
  owner.finish();
  if (table == nullptr) return;
  tls.enabled = true;
  TableReader reader(*table, "backend.tls", top.problems());
  reader.file("certificate", tls.certificate);
  reader.file("key", tls.key);
  reader.file("ca", tls.ca);
  reader.boolean("required", tls.required);
  reader.word<TlsVerify>("verify", tls.verify, kVerifications);
  reader.word<TlsVersion>("minimum_version", tls.minimum_version, kVersions);
  reader.finish();
  require_pair(reader, tls.certificate, tls.key);
}

}  // namespace understudy::config
