#include <fmt/format.h>

#include "routing/route.h"

// Why a statement goes where it goes, in words.
namespace understudy::routing {

using replication::ServerView;
using replication::Topology;

std::string_view to_text(Reason reason) {
  switch (reason) {
    case Reason::NeedsPrimary:
      return "it needs the primary";
    case Reason::Strong:
      return "strong reads run on the primary";
    case Reason::Named:
      return "the hint names this server";
    case Reason::Replica:
      return "any healthy replica may answer";
    case Reason::WithinBound:
      return "this replica is within max_lag";
    case Reason::BoundAfterWait:
      return "this replica is within max_lag after a short wait";
    case Reason::CoversSession:
      return "this replica has all that the session has seen";
    case Reason::SessionAfterWait:
      return "this replica waits for what the session has seen";
    case Reason::StaysOnServer:
      return "the session's last read was on this replica";
    case Reason::OtherEpoch:
      return "what the session has seen is from another epoch";
    case Reason::SharesReads:
      return "the primary takes its share of the reads";
    case Reason::NoReplicaFits:
      return "no healthy replica may answer";
    case Reason::NoneFreshEnough:
      return "no replica is as fresh as was asked";
    case Reason::OnlyPrimaryHasIt:
      return "only the primary surely has what the session has seen";
    case Reason::ReadsLastResult:
      return "the session's last statement ran there";
    case Reason::NoPrimary:
      return "there is no primary";
    case Reason::PrimaryDown:
      return "the primary does not answer";
    case Reason::PrimaryExcluded:
      return "the primary has just failed";
    case Reason::PrimaryClosed:
      return "a change of primary is under way";
    case Reason::NoReplicaAllowed:
      return "no replica may answer, and the primary takes no reads";
    case Reason::UnknownServer:
      return "the hint names an unknown server";
    case Reason::ServerUnusable:
      return "the server that the hint names cannot answer this";
    case Reason::UnknownTag:
      return "no server has the tag that was asked for";
  }
  return "";
}

Error explain(const Route& route, const Request& request, const Topology& topology) {
  const ServerView* primary = topology.primary_view();
  switch (route.reason) {
    case Reason::NoPrimary:
      return make_error(ErrorKind::Unreachable,
                        fmt::format("there is no primary: {}", topology.no_primary_reason));
    case Reason::PrimaryDown:
    case Reason::PrimaryExcluded:
      return make_error(
          ErrorKind::Unreachable,
          fmt::format("the primary {} does not answer: {}", primary == nullptr ? "" : primary->name,
                      primary == nullptr || primary->reason.empty() ? "its connection failed"
                                                                    : primary->reason));
    case Reason::PrimaryClosed:
      return make_error(
          ErrorKind::Unreachable,
          fmt::format("a change of primary is under way: {} takes no new statements until it is "
                      "over",
                      primary == nullptr ? "the primary" : primary->name));
    case Reason::UnknownServer:
      return make_error(ErrorKind::Invalid, fmt::format("there is no server '{}': see the hint",
                                                        request.server.substr(0, 64)));
    case Reason::UnknownTag:
      return make_error(ErrorKind::Invalid,
                        fmt::format("no server has the tag '{}' that the read asks for",
                                    request.tag.substr(0, 64)));
    case Reason::ServerUnusable: {
      const ServerView* server = topology.find(request.server);
      return make_error(
          ErrorKind::Unreachable,
          fmt::format("server '{}' cannot answer this read: {}", request.server.substr(0, 64),
                      server == nullptr || server->reason.empty()
                          ? "it is not known to be as fresh as was asked"
                          : server->reason));
    }
    default:
      return make_error(ErrorKind::Unreachable, std::string(to_text(route.reason)));
  }
}

}  // namespace understudy::routing
