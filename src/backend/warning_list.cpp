#include "backend/warning_list.h"

#include <charconv>

#include "backend/text_query.h"
#include "protocol/commands.h"
#include "protocol/constants.h"

namespace understudy::backend {
namespace {

// A packet that ends columns or rows without session changes: EOF (0xfe, warnings 2, status 2) or
// OK (0xfe, no rows, no id, status 2, warnings 2).
constexpr std::uint8_t kEndHeader = 0xfe;
constexpr std::size_t kStatusOffset = 3;
constexpr std::size_t kEndSizeMin = 5;
constexpr std::size_t kEndSizeMax = 8;

std::uint64_t to_number(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

void WarningSaver::start(ServerConnection& connection, std::shared_ptr<WarningList> list,
                         Done done) {
  list_ = std::move(list);
  done_ = std::move(done);
  answer_.clear();
  counts_.clear();
  counted_ = failed_ = false;
  // The list may be shorter than the counts say.
  Bytes queries;
  for (const char* query : {"SELECT @@warning_count, @@error_count", "SHOW WARNINGS"}) {
    protocol::append_query(queries, query);
    connection.expect(protocol::ResponseShape::Query, *this);
  }
  connection.send(queries);
}

void WarningSaver::on_step(ServerConnection& connection, const protocol::ScanStep& step) {
  if (step.kind == protocol::PacketKind::Err || answer_.size() > kBytesMax)
    failed_ = true;
  else if (counted_)
    append(answer_, step.bytes);
  else if (step.kind == protocol::PacketKind::Raw)
    append(counts_, step.bytes);
  if (step.last && std::exchange(counted_, true)) finish(connection, !failed_);
}

// Once for each answer that was still to come.
void WarningSaver::on_broken(ServerConnection& connection, const Error& /*why*/) {
  if (std::exchange(counted_, true)) finish(connection, false);
}

void WarningSaver::finish(ServerConnection& connection, bool saved) {
  const Result<TextResult> counts = decode_text_result(counts_);
  saved = saved && counts && counts->rows.size() == 1 && counts->rows[0].size() == 2;
  if (saved) {
    list_->warnings = to_number(counts->rows[0][0].value_or(""));
    list_->errors = to_number(counts->rows[0][1].value_or(""));
    list_->answer = std::move(answer_);
  }
  answer_ = {};
  list_.reset();
  connection.keep_warnings(nullptr);
  Done done = std::move(done_);
  done();
}

Bytes with_status(ByteView answer, std::uint16_t status) {
  Bytes changed(answer.begin(), answer.end());
  for (std::size_t next = 0; next + protocol::kFrameHeaderSize < changed.size();) {
    const std::size_t start = next + protocol::kFrameHeaderSize;
    const std::size_t size =
        changed[next] | std::size_t{changed[next + 1]} << 8 | std::size_t{changed[next + 2]} << 16;
    next = start + size;
    if (next > changed.size()) break;
    if (changed[start] != kEndHeader || size < kEndSizeMin || size > kEndSizeMax) continue;
    changed[start + kStatusOffset] = static_cast<std::uint8_t>(status);
    changed[start + kStatusOffset + 1] = static_cast<std::uint8_t>(status >> 8);
  }
  return changed;
}

}  // namespace understudy::backend
