#include "protocol/commands.h"

#include "protocol/constants.h"
#include "protocol/packet.h"
#include "protocol/rows.h"

namespace understudy::protocol {
namespace {

void append_command(Bytes& out, Command command, ByteView argument) {
  std::uint8_t sequence = 0;
  const auto byte = static_cast<std::uint8_t>(command);
  if (argument.size() + 1 < kFramePayloadMax) {
    ByteWriter writer(out);
    writer.u24(static_cast<std::uint32_t>(argument.size() + 1));
    writer.u8(sequence);
    writer.u8(byte);
    writer.bytes(argument);
    return;
  }
  Bytes payload{byte};
  append(payload, argument);
  append_packet(out, sequence, payload);
}

}  // namespace

void append_query(Bytes& out, std::string_view sql) {
  append_command(out, Command::Query, as_bytes(sql));
}
void append_init_db(Bytes& out, std::string_view schema) {
  append_command(out, Command::InitDb, as_bytes(schema));
}
void append_stmt_prepare(Bytes& out, std::string_view sql) {
  append_command(out, Command::StmtPrepare, as_bytes(sql));
}
void append_stmt_close(Bytes& out, std::uint32_t statement_id) {
  Bytes id;
  ByteWriter(id).u32(statement_id);
  append_command(out, Command::StmtClose, id);
}
void append_stmt_execute(Bytes& out, std::uint32_t statement_id,
                         std::span<const Value> parameters) {
  Bytes argument;
  ByteWriter writer(argument);
  writer.u32(statement_id);
  writer.u8(0);   // no cursor
  writer.u32(1);  // iterations
  append_parameters(argument, parameters);
  append_command(out, Command::StmtExecute, argument);
}
void append_stmt_reset(Bytes& out, std::uint32_t statement_id) {
  Bytes id;
  ByteWriter(id).u32(statement_id);
  append_command(out, Command::StmtReset, id);
}
void append_stmt_send_long_data(Bytes& out, std::uint32_t statement_id,
                                std::uint16_t parameter_index, ByteView data) {
  Bytes argument;
  ByteWriter writer(argument);
  writer.u32(statement_id);
  writer.u16(parameter_index);
  writer.bytes(data);
  append_command(out, Command::StmtSendLongData, argument);
}
void append_reset_connection(Bytes& out) {
  append_command(out, Command::ResetConnection, {});
}
void append_ping(Bytes& out) {
  append_command(out, Command::Ping, {});
}
void append_quit(Bytes& out) {
  append_command(out, Command::Quit, {});
}
void append_binlog_dump(Bytes& out, std::uint32_t server_id) {
  constexpr std::uint32_t kFirstEvent = 4;
  constexpr std::uint16_t kNonBlocking = 1u << 0;
  constexpr std::uint16_t kAnnotateRows = 1u << 1;
  Bytes argument;
  ByteWriter writer(argument);
  writer.u32(kFirstEvent);
  writer.u16(server_id == 0 ? kNonBlocking | kAnnotateRows : kAnnotateRows);
  writer.u32(server_id);  // no file name follows
  append_command(out, Command::BinlogDump, argument);
}

void append_binlog_dump_gtid(Bytes& out, std::uint32_t server_id, ByteView gtids) {
  constexpr std::uint64_t kFirstEvent = 4;
  constexpr std::uint16_t kNonBlocking = 1u << 0;
  constexpr std::uint16_t kByGtid = 1u << 2;
  Bytes argument;
  ByteWriter writer(argument);
  writer.u16(server_id == 0 ? kNonBlocking | kByGtid : kByGtid);
  writer.u32(server_id);
  writer.u32(0);  // no file name
  writer.u64(kFirstEvent);
  writer.u32(static_cast<std::uint32_t>(gtids.size()));
  writer.bytes(gtids);
  append_command(out, Command::BinlogDumpGtid, argument);
}

// MariaDB: "COM_REGISTER_SLAVE".
void append_register_replica(Bytes& out, std::uint32_t server_id) {
  Bytes argument;
  ByteWriter writer(argument);
  writer.u32(server_id);
  writer.u8(0);   // host name,
  writer.u8(0);   // user
  writer.u8(0);   // and password under which it could be reached: it cannot
  writer.u16(0);  // port
  writer.u32(0);  // rank
  writer.u32(0);  // source's id
  append_command(out, Command::RegisterReplica, argument);
}

}  // namespace understudy::protocol
