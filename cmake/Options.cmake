set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Target all_verify_interface_header_sets: every header compiles alone.
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)

set(UNDERSTUDY_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
option(UNDERSTUDY_FUZZ "Build the fuzz targets (clang only)" OFF)
option(UNDERSTUDY_TESTS "Build the tests" ON)
# Neither for clang-tidy, which reads each file and its headers alone.
option(UNDERSTUDY_PCH "Compile the headers that all unit tests include once" ON)
option(UNDERSTUDY_UNITY "Compile several files of a library at a time, in half the time" ON)
set(CMAKE_UNITY_BUILD ${UNDERSTUDY_UNITY})

# Shared by every target of ours; never installed.
add_library(understudy_options INTERFACE)
target_compile_options(understudy_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these inside the standard library at -O2 (GCC bugs 105329, 105651).
  target_compile_options(understudy_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
  if(UNDERSTUDY_UNITY)  # GCC takes a file that is included for a header
    target_compile_options(understudy_options INTERFACE -Wno-subobject-linkage)
  endif()
elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # What GCC leaves out of -Wconversion for C++, too.
  target_compile_options(understudy_options INTERFACE -Wthread-safety -Wno-sign-conversion)
endif()
# Of tests: what is tested is optimised, they are compiled in half the time without.
add_library(understudy_test_options INTERFACE)
target_compile_options(understudy_test_options INTERFACE -O0)
target_link_libraries(understudy_test_options INTERFACE understudy_options)
if(UNDERSTUDY_PCH)  # without these ccache keeps nothing of what includes one
  target_compile_options(understudy_test_options INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
    "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
if(UNDERSTUDY_SANITIZE)
  add_compile_options(-fsanitize=${UNDERSTUDY_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${UNDERSTUDY_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND UNDERSTUDY_SANITIZE MATCHES "undefined")
    # It needs two file descriptors to look at an object: a process without any left has none.
    add_compile_options(-fno-sanitize=vptr)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND UNDERSTUDY_SANITIZE MATCHES "thread")
    # Asio's fences are not modelled by TSan; its locks are.
    target_compile_options(understudy_options INTERFACE -Wno-tsan)
  endif()
endif()
if(UNDERSTUDY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
