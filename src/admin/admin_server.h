#pragma once

#include <cstddef>
#include <memory>

#include "admin/admin_api.h"
#include "base/address.h"
#include "base/result.h"
#include "base/time.h"
#include "net/loop.h"

namespace understudy::admin {

struct AdminLimits {
  std::size_t header_bytes_max = 8 * 1024;
  std::size_t body_bytes_max = 64 * 1024;
  std::size_t connections_max = 100;
  // For a whole request to arrive, for the answer to be taken, and for an idle connection.
  Duration patience = std::chrono::seconds(10);
};

// The HTTP server for people, load balancers and Prometheus (HTTP/1.1, JSON):
//   GET  /api/status                    the Status
//   GET  /api/events?after=ID           what happened, newest last; &follow=1 streams what follows
//   as
//                                       server-sent events
//   POST /api/switchover {"to": NAME}   answers when it is over; without "to" the best replica
//   leads POST /api/failover                  the same; promotes even if acknowledged writes may be
//   lost POST /api/servers/NAME/drain|resume|rejoin GET  /healthz                       200 as long
//   as the process works GET  /readyz                        200 if clients can be served, else 503
//   and why GET  /metrics                       Prometheus text
// Anything else is 404 or 405 with {"error": "..."}. Belongs to its loop; destroying it closes
// everything.
class AdminServer {
 public:
  // `api` must outlive the server. Error: Invalid if it cannot listen on `address`.
  static Result<std::unique_ptr<AdminServer>> start(net::Loop& loop, const Address& address,
                                                    AdminApi& api, const AdminLimits& limits = {});
  class Impl;
  explicit AdminServer(std::unique_ptr<Impl> impl);  // for start()
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // With the port that was chosen if 0 was asked for.
  [[nodiscard]] const Address& address() const;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace understudy::admin
