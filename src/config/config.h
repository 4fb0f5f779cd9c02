#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/network.h"
#include "base/time.h"

// The configuration file as plain values; the initializers are the defaults.
namespace understudy::config {

// How fresh a read has to be.
enum class Consistency : std::uint8_t { Eventual, Bounded, Session, Strong };
enum class Balance : std::uint8_t { LeastOutstanding, RoundRobin, Latency };
enum class PrimaryReads : std::uint8_t { Fallback, Always, Never };
enum class Mode : std::uint8_t { Automatic, Manual };
// What becomes of a switchover when transactions are still open after failover.drain.
enum class LongTransactions : std::uint8_t {
  Abort,  // it is called off, and the old primary goes on
  Cut,    // they are cut, and it goes on
};
enum class LogLevel : std::uint8_t { Debug, Info, Warn, Error };
enum class LogFormat : std::uint8_t { Text, Json };

// The account that Understudy itself uses on every server.
struct Service {
  std::string user;
  std::string password;  // resolved: also when it came from password_file or password_env
};

// A file that the configuration names, and where it does ("understudy.toml:7: listen.tls.key"),
// for who finds something wrong with it later.
struct FileSetting {
  std::string path;  // empty: none
  std::string origin;

  [[nodiscard]] bool empty() const { return path.empty(); }
};

enum class TlsVersion : std::uint8_t { Tls12, Tls13 };

// TLS for clients; PEM files, all empty: none is offered.
struct Tls {
  FileSetting certificate;
  FileSetting key;
  FileSetting ca;         // verifies certificates of clients
  bool required = false;  // clients without TLS are refused, but for those of a Unix socket
  TlsVersion minimum_version = TlsVersion::Tls12;

  [[nodiscard]] bool enabled() const { return !certificate.empty(); }
};

enum class Compression : std::uint8_t { Off, Zlib, Zstd };

// What clients may ask for.
struct OfferedCompression {
  bool zlib = true;
  bool zstd = true;
};

// What is checked of a server's certificate.
enum class TlsVerify : std::uint8_t { None, Ca, Full };

// TLS to the servers, those at Unix sockets excepted.
struct BackendTls {
  bool enabled = false;
  FileSetting certificate;  // shown to the servers
  FileSetting key;
  FileSetting ca;        // none: those that the system trusts
  bool required = true;  // a server without TLS is not used
  TlsVerify verify = TlsVerify::Full;
  TlsVersion minimum_version = TlsVersion::Tls12;
};

// One address for clients. What it does not set for itself it has from [listen] and [reads].
struct Listener {
  Address address;
  std::optional<Consistency> consistency;  // none: reads.consistency
  std::uint32_t user_limit = 0;            // connections of one user at this address; 0: no limit
  Tls tls;
  OfferedCompression compression;
  std::vector<Network> proxy_protocol_networks;  // may say for whom they have connected
};

struct Listen {
  std::vector<Listener> addresses{{.address = {"127.0.0.1", 7306, {}},
                                   .consistency = {},
                                   .tls = {},
                                   .compression = {},
                                   .proxy_protocol_networks = {}}};  // never empty
  Address admin{"127.0.0.1", 7307, {}};
  std::uint32_t workers = 0;  // threads that serve clients; 0: one a usable core
};

struct Server {
  std::string name;
  Address address;
  std::string zone;
  std::uint32_t weight = 100;    // share of reads beside the others; 0: none
  std::uint32_t priority = 100;  // for promotion; 0: never
  std::vector<std::string> tags;
};

struct Reads {
  Consistency consistency = Consistency::Session;
  Duration max_lag = std::chrono::seconds(5);  // replicas further behind get no reads
  Duration wait = std::chrono::seconds(1);     // for a position, before the primary answers
  Balance balance = Balance::LeastOutstanding;
  std::string zone;  // replicas of this zone are preferred; empty: none
  PrimaryReads primary_reads = PrimaryReads::Fallback;
};

struct Pool {
  std::uint32_t max_per_server = 200;
  Duration idle_timeout = std::chrono::seconds(60);
  Duration wait = std::chrono::seconds(5);  // for a free connection, before an error
};

struct Monitor {
  Duration interval = std::chrono::milliseconds(250);
  Duration timeout = std::chrono::seconds(1);
};

struct Failover {
  Mode mode = Mode::Automatic;
  Duration after = std::chrono::seconds(2);  // silence before a primary counts as dead
  Duration hold = std::chrono::seconds(10);  // how long statements wait for a primary
  bool replay = true;
  Mode rejoin = Mode::Automatic;
  // After a failover the next automatic one is not before this, unless the new primary is proven
  // dead.
  Duration min_interval = std::chrono::seconds(60);
  Duration drain = std::chrono::seconds(10);  // how long a switchover waits for open transactions
  LongTransactions long_transactions = LongTransactions::Abort;
  // Where transactions that only a returned server has are saved; empty: in the configuration
  // file's own folder (control::load_config fills that in).
  std::string save_dir;
};

// Commands for `/bin/sh -c`; empty: none.
struct Hooks {
  std::string before_failover;
  std::string after_failover;
  std::string before_switchover;
  std::string after_switchover;
  Duration timeout = std::chrono::seconds(30);  // of each of those four
  std::string rebuild;                          // gives a server a copy of another one's data
  Duration rebuild_timeout = std::chrono::hours(12);
};

// Decides for the statements that it matches: those for which everything is right that it names.
struct CacheRule {
  std::vector<std::string> tables;  // as Cache::tables, all of the statement's; empty: any
  std::vector<std::string> users;   // empty: any
  std::string statement;            // a LIKE pattern (cache/like.h); empty: any
  bool cache = true;
};

struct Cache {
  bool enabled = false;
  std::uint64_t size_bytes = std::uint64_t{256} << 20;
  // Statements on these tables alone are cached: "schema.table", "schema.*" or "*".
  std::vector<std::string> tables;
  std::uint64_t max_result_bytes = std::uint64_t{1} << 20;  // larger answers are not kept
  std::vector<CacheRule> rules;  // the first that matches decides, before `tables`
};

// GET /api/changes, the change feed.
struct Changes {
  bool enabled = true;
  std::uint64_t buffer_bytes = std::uint64_t{4} << 20;  // unsent, of one subscriber; then dropped
  std::uint32_t max_subscribers = 10'000;
};

struct Log {
  LogLevel level = LogLevel::Info;
  LogFormat format = LogFormat::Text;
};

struct Config {
  std::string cluster_name = "main";
  std::vector<std::string> etcd_endpoints;
  Service service;
  Listen listen;
  BackendTls backend_tls;
  Compression backend_compression = Compression::Off;
  std::vector<Server> servers;  // 1 to limits::kServersMax, names and addresses differ
  Reads reads;
  Pool pool;
  Monitor monitor;
  Failover failover;
  Hooks hooks;
  Cache cache;
  Changes changes;
  Log log;
};

}  // namespace understudy::config
