#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

// Sockets without waiting, for the programs of this folder. What fails ends the program with a line
// on stderr, unless it says otherwise.
namespace understudy::bench {

[[noreturn]] void fail(const std::string& what);

// Lets the process have as many sockets as the system allows.
void raise_socket_limit();

int listen_on(const std::string& host, std::uint16_t port);
// The next client; -1: none waits.
int accept_from(int listener);
// Begins to connect; `from` is the address to do it from, empty: any.
int connect_to(const std::string& host, std::uint16_t port, const std::string& from = {});

// Bytes read or written; 0: the socket would block (or, reading, there is nothing); -1: it is
// closed or broken.
std::ptrdiff_t read_from(int socket, std::uint8_t* buffer, std::size_t size);
std::ptrdiff_t write_to(int socket, ByteView bytes);

int make_epoll();
void watch(int epoll, int socket, std::uint32_t events, void* data);
void change(int epoll, int socket, std::uint32_t events, void* data);

}  // namespace understudy::bench
