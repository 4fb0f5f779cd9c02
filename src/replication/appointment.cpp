#include "replication/appointment.h"

namespace understudy::replication {

void Appointment::appoint(ServerId server) {
  server_ = server;
  by_us_ = true;
  seen_closed_.assign(seen_closed_.size(), false);
}

void Appointment::found(ServerId server) {
  server_ = server;
  by_us_ = false;
}

void Appointment::answered(ServerId server, bool closed) {
  if (closed) seen_closed_[server.value()] = true;
}

}  // namespace understudy::replication
