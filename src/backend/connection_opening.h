#pragma once

#include <memory>

#include "backend/server_connection.h"
#include "backend/text_query.h"
#include "net/connect.h"
#include "net/timer.h"
#include "protocol/client_handshake.h"

namespace understudy::backend {

// A connection on its way: connects, logs in, sets the session up, all before one deadline. See
// ServerConnection::open.
class ConnectionOpening final : public ServerConnection::Attempt, private net::StreamHandler {
 public:
  ConnectionOpening(net::Loop& loop, ConnectOptions options, ServerConnection::OpenCallback done);

  [[nodiscard]] const std::string& server_version() const override {
    return handshake_.greeting().server_version;
  }

 private:
  void connected(Result<std::unique_ptr<net::Stream>> stream);
  void on_data(ByteView bytes) override;
  void on_closed(const Error& why) override;
  void begin_tls(ByteView request);
  void logged_in();
  void finish(Result<std::unique_ptr<ServerConnection>> result);
  void fail(Error why);

  net::Loop& loop_;
  ConnectOptions options_;
  const net::TlsSource::Rules tls_;
  ServerConnection::OpenCallback done_;
  protocol::ClientHandshake handshake_;
  net::Timer deadline_;
  net::ConnectHandle connecting_;
  std::unique_ptr<net::Stream> stream_;
  TextQuery setup_;
  std::unique_ptr<ServerConnection> connection_;  // while it is being set up
};

}  // namespace understudy::backend
