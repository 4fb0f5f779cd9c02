#include "control/hooks.h"

namespace understudy::control {
namespace {

const std::string& command_of(const config::Hooks& hooks, Hook hook) {
  switch (hook) {
    case Hook::BeforeFailover:
      return hooks.before_failover;
    case Hook::AfterFailover:
      return hooks.after_failover;
    case Hook::BeforeSwitchover:
      return hooks.before_switchover;
    case Hook::AfterSwitchover:
      return hooks.after_switchover;
  }
  return hooks.before_failover;
}

CommandRequest request(const std::string& command, Duration timeout, std::string_view event,
                       const std::string& cluster, std::uint64_t epoch, const std::string& reason) {
  CommandRequest request;
  request.command = command;
  request.timeout = timeout;
  request.environment = {{"UNDERSTUDY_EVENT", std::string(event)},
                         {"UNDERSTUDY_CLUSTER", cluster},
                         {"UNDERSTUDY_EPOCH", std::to_string(epoch)},
                         {"UNDERSTUDY_REASON", reason}};
  return request;
}

void add_server(CommandRequest& request, const std::string& variable, const HookServer& server) {
  request.environment.emplace_back(variable, server.name);
  request.environment.emplace_back(variable + "_ADDRESS",
                                   server.name.empty() ? "" : to_string(server.address));
}

}  // namespace

std::string_view to_text(Hook hook) {
  switch (hook) {
    case Hook::BeforeFailover:
      return "before_failover";
    case Hook::AfterFailover:
      return "after_failover";
    case Hook::BeforeSwitchover:
      return "before_switchover";
    case Hook::AfterSwitchover:
      return "after_switchover";
  }
  return "";
}

std::optional<CommandRequest> hook_command(const config::Hooks& hooks, Hook hook,
                                           const HookOccasion& occasion) {
  const std::string& command = command_of(hooks, hook);
  if (command.empty()) return std::nullopt;
  CommandRequest made = request(command, hooks.timeout, to_text(hook), occasion.cluster,
                                occasion.epoch, occasion.reason);
  add_server(made, "UNDERSTUDY_OLD_PRIMARY", occasion.old_primary);
  add_server(made, "UNDERSTUDY_NEW_PRIMARY", occasion.new_primary);
  return made;
}

std::optional<CommandRequest> rebuild_command(const config::Hooks& hooks,
                                              const RebuildOccasion& occasion) {
  if (hooks.rebuild.empty()) return std::nullopt;
  CommandRequest made = request(hooks.rebuild, hooks.rebuild_timeout, "rebuild", occasion.cluster,
                                occasion.epoch, occasion.reason);
  add_server(made, "UNDERSTUDY_SERVER", occasion.server);
  add_server(made, "UNDERSTUDY_SOURCE", occasion.source);
  add_server(made, "UNDERSTUDY_PRIMARY", occasion.primary);
  return made;
}

}  // namespace understudy::control
