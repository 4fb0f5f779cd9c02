#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/dialect.h"
#include "backend/text_query.h"
#include "base/result.h"
#include "replication/server_observation.h"

namespace understudy::control {

// Reads the row of Dialect::probe() into `observation`; its instants and sources are left alone.
// Error: Malformed, if a column is missing or cannot be read.
Result<void> read_probe(const backend::TextResult& result,
                        replication::ServerObservation& observation);

// Reads the rows of Dialect::replica_status() and, if they were asked for, of
// Dialect::heartbeats(). Error: Malformed.
Result<std::vector<replication::ReplicaStatus>> read_replica_status(
    const backend::TextResult& result, const backend::TextResult* heartbeats = nullptr);

// Whether the answer to Dialect::semi_sync_status() says that commits wait for a replica.
bool read_semi_sync_waits(const backend::TextResult& result);

// The statements that let the service account `user` do its work; run on the primary, they reach
// the replicas by replication.
std::string create_service_account(std::string_view user);
std::string grant_monitor(std::string_view user, replication::Flavour flavour);
std::string grant_accounts(std::string_view user, replication::Flavour flavour);

// `error` with what to do about it, where a right of the service account is missing.
Error with_mend(Error error, std::string_view service_user, replication::Flavour flavour);

}  // namespace understudy::control
