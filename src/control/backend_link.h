#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/login.h"
#include "base/address.h"
#include "control/link.h"
#include "net/loop.h"

namespace understudy::control {

struct LinkTarget {
  std::string name;
  Address address;
};

// Opens links to real servers.
class BackendLinkOpener final : public LinkOpener {
 public:
  // `targets` by ServerId; `login` is that of the service account.
  BackendLinkOpener(net::Loop& loop, std::vector<LinkTarget> targets,
                    std::shared_ptr<const backend::Login> login);

  [[nodiscard]] std::unique_ptr<LinkAttempt> open(replication::ServerId server, Duration timeout,
                                                  OnOpen done) override;

 private:
  net::Loop& loop_;
  const std::vector<LinkTarget> targets_;
  const std::shared_ptr<const backend::Login> login_;
};

}  // namespace understudy::control
