#include "proxy/client_session.h"
#include "proxy/worker.h"

// LOAD DATA LOCAL: the server asks, the client sends its file, and its packets pass as they come.
namespace understudy::proxy {
namespace {

// As much of a file waits for a server that is slower than the client.
constexpr std::size_t kBacklogMax = 256 * 1024;

}  // namespace

void ClientSession::begin_file(std::uint8_t sequence) {
  // One at a time.
  if (state_ == State::SendingFile) return end();
  state_ = State::SendingFile;
  file_ = std::make_unique<FileTransfer>(FileTransfer{protocol::LocalFileFrames(sequence)});
  stream_->resume_reading();
  const Bytes early = commands_.take_rest();
  if (!early.empty()) take_file(early);
}

void ClientSession::take_file(ByteView bytes) {
  const Result<ByteView> part = file_->frames.take(bytes);
  if (!part) {
    writer_.begin_answer(file_->frames.next_sequence());
    writer_.error(part.error());
    return end();
  }
  if (!file_->result) session_->send_file(*part);
  if (file_->frames.ended()) return end_file(bytes);
  if (!file_->result && session_->file_backlog() > kBacklogMax) stream_->pause_reading();
}

void ClientSession::on_file_sent() {
  if (state_ == State::SendingFile) stream_->resume_reading();
}

// `rest`: the commands behind it.
void ClientSession::end_file(ByteView rest) {
  const std::unique_ptr<FileTransfer> file = std::move(file_);
  writer_.begin_answer(file->frames.next_sequence());
  commands_.feed(rest);
  state_ = State::Running;
  if (file->result) {
    // The server has answered early, or is lost: then the client reads the error now.
    const Result<void>& result = *file->result;
    if (!result) {
      writer_.error(result.error());
      if (session_->lost_state()) return end();
    }
    state_ = State::Ready;
    next_commands();
  }
  if (state_ != State::Closing) commands_.keep_rest();
}

}  // namespace understudy::proxy
