#pragma once

#include <cstdint>

// Numbers of the MySQL client/server protocol (MariaDB: "Connection", "Packet types").
namespace understudy::protocol {

// Capability bits of a handshake.
inline constexpr std::uint32_t kLongPassword = 1u << 0;
inline constexpr std::uint32_t kFoundRows = 1u << 1;
inline constexpr std::uint32_t kLongFlag = 1u << 2;
inline constexpr std::uint32_t kConnectWithDb = 1u << 3;
inline constexpr std::uint32_t kCompress = 1u << 5;
inline constexpr std::uint32_t kLocalFiles = 1u << 7;
inline constexpr std::uint32_t kIgnoreSpace = 1u << 8;
inline constexpr std::uint32_t kProtocol41 = 1u << 9;
inline constexpr std::uint32_t kInteractive = 1u << 10;
inline constexpr std::uint32_t kSsl = 1u << 11;
inline constexpr std::uint32_t kTransactions = 1u << 13;
inline constexpr std::uint32_t kSecureConnection = 1u << 15;
inline constexpr std::uint32_t kMultiStatements = 1u << 16;
inline constexpr std::uint32_t kMultiResults = 1u << 17;
inline constexpr std::uint32_t kPsMultiResults = 1u << 18;
inline constexpr std::uint32_t kPluginAuth = 1u << 19;
inline constexpr std::uint32_t kConnectAttributes = 1u << 20;
inline constexpr std::uint32_t kPluginAuthLenenc = 1u << 21;
inline constexpr std::uint32_t kSessionTrack = 1u << 23;
inline constexpr std::uint32_t kDeprecateEof = 1u << 24;
inline constexpr std::uint32_t kZstdCompression = 1u << 26;  // MySQL only

// MariaDB's own capabilities, in bytes that MySQL has reserved; who lacks kLongPassword has them.
inline constexpr std::uint32_t kBulkOperations = 1u << 2;

enum class Command : std::uint8_t {
  Quit = 0x01,
  InitDb = 0x02,
  Query = 0x03,
  FieldList = 0x04,
  Statistics = 0x09,
  ProcessInfo = 0x0a,
  ProcessKill = 0x0c,
  Debug = 0x0d,
  Ping = 0x0e,
  ChangeUser = 0x11,
  BinlogDump = 0x12,
  RegisterReplica = 0x15,
  StmtPrepare = 0x16,
  StmtExecute = 0x17,
  StmtSendLongData = 0x18,
  StmtClose = 0x19,
  StmtReset = 0x1a,
  SetOption = 0x1b,
  StmtFetch = 0x1c,
  BinlogDumpGtid = 0x1e,
  ResetConnection = 0x1f,
  StmtBulkExecute = 0xfa,
};

// Status flags of OK and EOF packets.
inline constexpr std::uint16_t kStatusInTransaction = 1u << 0;
inline constexpr std::uint16_t kStatusAutocommit = 1u << 1;
inline constexpr std::uint16_t kStatusMoreResults = 1u << 3;
inline constexpr std::uint16_t kStatusCursorExists = 1u << 6;
inline constexpr std::uint16_t kStatusLastRowSent = 1u << 7;
inline constexpr std::uint16_t kStatusSchemaDropped = 1u << 8;
inline constexpr std::uint16_t kStatusNoBackslashEscapes = 1u << 9;
inline constexpr std::uint16_t kStatusReadOnlyTransaction = 1u << 13;
inline constexpr std::uint16_t kStatusSessionStateChanged = 1u << 14;

enum class ColumnType : std::uint8_t {
  Decimal = 0,
  Tiny = 1,
  Short = 2,
  Long = 3,
  Float = 4,
  Double = 5,
  Null = 6,
  Timestamp = 7,
  LongLong = 8,
  Int24 = 9,
  Date = 10,
  Time = 11,
  DateTime = 12,
  Year = 13,
  VarChar = 15,
  Bit = 16,
  Json = 245,
  NewDecimal = 246,
  Enum = 247,
  Set = 248,
  TinyBlob = 249,
  MediumBlob = 250,
  LongBlob = 251,
  Blob = 252,
  VarString = 253,
  String = 254,
  Geometry = 255,
};

inline constexpr std::uint16_t kColumnUnsigned = 1u << 5;
inline constexpr std::uint16_t kBinaryCollation = 63;

inline constexpr std::uint8_t kEofHeader = 0xfe;  // also of the OK that ends a result

inline constexpr std::size_t kFrameHeaderSize = 4;
inline constexpr std::size_t kFramePayloadMax = 0xffffff;

}  // namespace understudy::protocol
