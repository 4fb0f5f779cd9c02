# What `cmake --install` puts into place for programs: the headers, one archive with everything in
# it that is ours, and a package for find_package(understudy). Debian's libraries stay their own.
include(CMakePackageConfigHelpers)

add_library(libunderstudy STATIC)
set_target_properties(libunderstudy PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME understudy
                                             EXPORT_NAME understudy)
foreach(part IN ITEMS base config protocol sql replication routing cache failover feed net
                        backend control client)
  target_sources(libunderstudy PRIVATE $<TARGET_OBJECTS:understudy_${part}>)
endforeach()
target_compile_features(libunderstudy PUBLIC cxx_std_20)
target_include_directories(libunderstudy INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(libunderstudy PRIVATE OpenSSL::SSL OpenSSL::Crypto PkgConfig::sodium
                      ZLIB::ZLIB zstd::libzstd_shared fmt::fmt spdlog::spdlog Threads::Threads
                      tomlplusplus::tomlplusplus)
add_library(understudy::understudy ALIAS libunderstudy)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/understudy)
install(TARGETS libunderstudy EXPORT understudyTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/understudy DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT understudyTargets NAMESPACE understudy:: DESTINATION ${package_folder})
configure_file(understudyConfig.cmake.in understudyConfig.cmake @ONLY)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/understudyConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/understudyConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/understudyConfigVersion.cmake
        DESTINATION ${package_folder})
