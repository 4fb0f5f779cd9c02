// Preloaded into a program, counts what its threads allocate whose names begin with "worker", in
// the eight bytes of the file that COUNT_ALLOCATIONS_IN names; test_allocations.py reads them.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// What glibc's own functions are behind, whoever else defines malloc().
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace {

std::atomic<std::atomic<std::uint64_t>*> counter{nullptr};

[[gnu::constructor]] void open_counter() {
  const char* const path = std::getenv("COUNT_ALLOCATIONS_IN");
  if (path == nullptr) return;
  const int file = ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* const memory =
      ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (memory != MAP_FAILED) counter = static_cast<std::atomic<std::uint64_t>*>(memory);
}

void count() {
  std::atomic<std::uint64_t>* const place = counter.load(std::memory_order_relaxed);
  if (place == nullptr) return;
  std::array<char, 16> name{};
  ::prctl(PR_GET_NAME, name.data());
  if (std::string_view(name.data()).starts_with("worker")) place->fetch_add(1);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  count();
  return __libc_malloc(size);
}

void* calloc(std::size_t number, std::size_t size) {
  count();
  return __libc_calloc(number, size);
}

void* realloc(void* memory, std::size_t size) {
  count();
  return __libc_realloc(memory, size);
}
}
