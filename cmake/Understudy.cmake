# What most unit tests include is compiled once.
if(UNDERSTUDY_TESTS AND UNDERSTUDY_PCH)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/test_headers.cpp
       CONTENT "int main() { return 0; }\n")
  add_executable(understudy_test_headers EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/test_headers.cpp)
  target_link_libraries(understudy_test_headers PRIVATE understudy_test_options fmt::fmt
                        GTest::gmock)
  target_precompile_headers(understudy_test_headers PRIVATE <algorithm> <functional> <map> <memory>
                            <optional> <string> <variant> <vector> <fmt/format.h> <gmock/gmock.h>
                            <gtest/gtest.h>)
endif()

# understudy_library(NAME [ALONE file...] DEPENDS lib...): the folder's *.cpp as the static library
# understudy_NAME, its *_test.cpp as the program NAME_test, run by ctest under the label "unit".
# ALONE: files that name something as another file of the folder does, each for itself.
function(understudy_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;ALONE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")

  set(kind PUBLIC)
  if(sources)
    add_library(understudy_${name} STATIC ${sources})
    target_link_libraries(understudy_${name} PRIVATE understudy_options)
    set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  else()
    add_library(understudy_${name} INTERFACE)
    set(kind INTERFACE)
  endif()
  target_include_directories(understudy_${name} ${kind} ${PROJECT_SOURCE_DIR}/src)
  file(GLOB headers CONFIGURE_DEPENDS *.h)
  target_sources(understudy_${name} ${kind} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src
                 FILES ${headers})
  target_link_libraries(understudy_${name} ${kind} ${ARG_DEPENDS})

  if(tests AND UNDERSTUDY_TESTS)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE understudy_${name} understudy_test_options
                          GTest::gmock GTest::gtest_main)
    if(UNDERSTUDY_PCH)
      target_precompile_headers(${name}_test REUSE_FROM understudy_test_headers)
    endif()
    target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests/support)
    target_compile_definitions(${name}_test PRIVATE
      UNDERSTUDY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME unit.${name} COMMAND ${name}_test)
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 300)
  endif()
endfunction()

# understudy_fuzzer(NAME DEPENDS lib...): tests/fuzz/NAME.cpp with its corpus tests/corpus/NAME.
function(understudy_fuzzer name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  add_executable(${name} ${name}.cpp)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} understudy_options)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
