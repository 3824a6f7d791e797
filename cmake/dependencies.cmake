# Debian 12's packages; nothing is downloaded by the build.

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(rocksdb REQUIRED IMPORTED_TARGET rocksdb)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(uring REQUIRED IMPORTED_TARGET liburing)
add_library(treeline_uring ALIAS PkgConfig::uring)
add_library(treeline_sodium ALIAS PkgConfig::sodium)
add_library(treeline_rocksdb ALIAS PkgConfig::rocksdb)
add_library(tomlplusplus::tomlplusplus ALIAS PkgConfig::tomlplusplus)

# Asio and Beast are compiled once, in broker/edge/boost_sources.cpp.
add_library(treeline_asio INTERFACE)
target_compile_definitions(treeline_asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                           BOOST_ASIO_NO_DEPRECATED)

# The generated message classes; warnings of generated code are not ours to mend.
set(TREELINE_PROTOS proto/app/v1/app.proto proto/record/v1/record.proto)
set(generated "${PROJECT_BINARY_DIR}/generated")
file(MAKE_DIRECTORY "${generated}")
set(proto_sources "")
foreach(proto IN LISTS TREELINE_PROTOS)
  string(REPLACE ".proto" ".pb.cc" source "${generated}/${proto}")
  add_custom_command(
    OUTPUT "${source}"
    COMMAND protobuf::protoc "--cpp_out=${generated}" "-I${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/${proto}"
    DEPENDS "${PROJECT_SOURCE_DIR}/${proto}" VERBATIM)
  list(APPEND proto_sources "${source}")
endforeach()
add_library(treeline_protobuf STATIC ${proto_sources})
target_include_directories(treeline_protobuf SYSTEM PUBLIC "${generated}")
target_link_libraries(treeline_protobuf PUBLIC protobuf::libprotobuf)
