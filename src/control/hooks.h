#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "config/config.h"
#include "control/command_runner.h"

// The commands of [hooks] with what they are told; see docs/configuration.md.
namespace understudy::control {

enum class Hook : std::uint8_t {
  BeforeFailover,
  AfterFailover,
  BeforeSwitchover,
  AfterSwitchover,
};

// "before_failover", …: the key in [hooks] and the value of UNDERSTUDY_EVENT.
std::string_view to_text(Hook hook);

struct HookServer {
  std::string name;  // empty: there is none
  Address address;
};

struct HookOccasion {
  std::string cluster;
  std::uint64_t epoch = 0;
  std::string reason;
  HookServer old_primary;
  HookServer new_primary;
};

struct RebuildOccasion {
  std::string cluster;
  std::uint64_t epoch = 0;
  std::string reason;
  HookServer server;   // whose data are replaced
  HookServer source;   // whose data are copied
  HookServer primary;  // from which the server replicates in the end
};

// Nothing if no such command is configured.
std::optional<CommandRequest> hook_command(const config::Hooks& hooks, Hook hook,
                                           const HookOccasion& occasion);
std::optional<CommandRequest> rebuild_command(const config::Hooks& hooks,
                                              const RebuildOccasion& occasion);

}  // namespace understudy::control
