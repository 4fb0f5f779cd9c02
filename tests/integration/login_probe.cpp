// Logs in to one server as Understudy does and asks something, for test_authentication.py:
//
//   login_probe ADDRESS USER PASSWORD SQL [--ca FILE] [--verify none|ca|full] [--tls] [--sha1]
//              [--compression zlib|zstd]
//
// Prints the value, or the error with status 1. With --ca or --tls it insists on TLS; with --sha1
// it knows no more of the password than mysql_native_password shows of it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>

#include "backend/text_query.h"
#include "backend/tls_settings.h"
#include "net/loop.h"

namespace {

using namespace understudy;

struct Wanted {
  std::string address, user, password, sql, ca, verify = "full", compression;
  bool tls = false;
  bool sha1 = false;
};

std::shared_ptr<const backend::Login> login(const Wanted& wanted) {
  config::BackendTls tls;
  tls.enabled = wanted.tls || !wanted.ca.empty();
  tls.ca = {wanted.ca, "--ca"};
  tls.verify = wanted.verify == "full" ? config::TlsVerify::Full
               : wanted.verify == "ca" ? config::TlsVerify::Ca
                                       : config::TlsVerify::None;
  const auto compression = wanted.compression == "zlib"   ? protocol::Compression::Zlib
                           : wanted.compression == "zstd" ? protocol::Compression::Zstd
                                                          : protocol::Compression::None;
  auto made =
      backend::make_login(wanted.user, wanted.password, backend::make_tls_source(tls), compression);
  if (!wanted.sha1) return made;
  auto less = std::make_shared<backend::Login>(*made);
  less->password.reset();
  return less;
}

int probe(const Wanted& wanted) {
  net::Loop loop;
  int status = 1;
  backend::TextQuery query;
  std::unique_ptr<backend::ServerConnection> connection;
  const auto report = [&](const Result<backend::TextResult>& answer) {
    status = answer.ok() ? 0 : 1;
    fmt::print("{}\n",
               answer.ok() ? answer->rows.at(0).at(0).value_or("NULL") : answer.error().message);
    loop.stop();
  };
  backend::ConnectOptions options;
  options.server_name = "db";
  options.address = parse_address(wanted.address).value();
  options.login = login(wanted);
  options.track_session = false;
  options.timeout = std::chrono::seconds(10);
  const auto attempt = backend::ServerConnection::open(
      loop, options, [&](Result<std::unique_ptr<backend::ServerConnection>> opened) {
        if (!opened) return report(opened.error());
        connection = std::move(opened).value();
        query.start(*connection, wanted.sql, report);
      });
  loop.run();
  return status;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app;
  Wanted wanted;
  app.add_option("address", wanted.address)->required();
  app.add_option("user", wanted.user)->required();
  app.add_option("password", wanted.password)->required();
  app.add_option("sql", wanted.sql)->required();
  app.add_option("--ca", wanted.ca);
  app.add_option("--verify", wanted.verify);
  app.add_option("--compression", wanted.compression);
  app.add_flag("--tls", wanted.tls);
  app.add_flag("--sha1", wanted.sha1);
  CLI11_PARSE(app, count, arguments);
  return probe(wanted);
}
